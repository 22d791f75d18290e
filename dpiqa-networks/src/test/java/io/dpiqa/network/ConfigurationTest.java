package io.dpiqa.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dpiqa.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Networks by the {@code config.json} files of Stable Diffusion and CLIP. */
class ConfigurationTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String UNET =
      """
      {
        "_class_name": "UNet2DConditionModel",
        "_diffusers_version": "0.6.0",
        "act_fn": "silu",
        "attention_head_dim": 8,
        "block_out_channels": [320, 640, 1280, 1280],
        "center_input_sample": false,
        "class_embed_type": null,
        "cross_attention_dim": 768,
        "down_block_types": [
          "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"
        ],
        "downsample_padding": 1,
        "flip_sin_to_cos": true,
        "freq_shift": 0,
        "in_channels": 4,
        "layers_per_block": 2,
        "mid_block_scale_factor": 1,
        "norm_eps": 1e-05,
        "norm_num_groups": 32,
        "out_channels": 4,
        "sample_size": 64,
        "up_block_types": [
          "UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"
        ],
        "use_linear_projection": false
      }
      """;

  private static final String VAE =
      """
      {
        "_class_name": "AutoencoderKL",
        "act_fn": "silu",
        "block_out_channels": [128, 256, 512, 512],
        "down_block_types": [
          "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"
        ],
        "in_channels": 3,
        "latent_channels": 4,
        "layers_per_block": 2,
        "norm_num_groups": 32,
        "out_channels": 3,
        "sample_size": 512,
        "up_block_types": [
          "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"
        ]
      }
      """;

  private static final String TEXT =
      """
      {
        "architectures": ["CLIPTextModel"],
        "attention_dropout": 0.0,
        "eos_token_id": 2,
        "hidden_act": "quick_gelu",
        "hidden_size": 768,
        "intermediate_size": 3072,
        "layer_norm_eps": 1e-05,
        "max_position_embeddings": 77,
        "model_type": "clip_text_model",
        "num_attention_heads": 12,
        "num_hidden_layers": 12,
        "vocab_size": 49408
      }
      """;

  @TempDir private Path folder;

  @Test
  void stableDiffusionsFilesDescribeItsNetworks() throws IOException {
    assertThat(DenoisingUnet.read(file(UNET))).isEqualTo(DenoisingUnet.stableDiffusion());
    assertThat(VaeEncoder.read(file(VAE))).isEqualTo(VaeEncoder.stableDiffusion());
    assertThat(ClipText.read(file(TEXT))).isEqualTo(ClipText.vitL14());
    String whole = "{\"model_type\": \"clip\", \"text_config\": " + TEXT + "}";
    assertThat(ClipText.read(file(whole))).isEqualTo(ClipText.vitL14());
  }

  @Test
  void sizesMayBeOthers() throws IOException {
    ObjectNode unet = (ObjectNode) JSON.readTree(UNET);
    unet.putArray("block_out_channels").add(32).add(64).add(128).add(128);
    unet.put("cross_attention_dim", 48).put("layers_per_block", 1).put("attention_head_dim", 4);
    assertThat(DenoisingUnet.read(file(unet.toString())))
        .isEqualTo(new DenoisingUnet(List.of(32, 64, 128, 128), 1, 4, 48, 4));
    ObjectNode vae = (ObjectNode) JSON.readTree(VAE);
    vae.put("scaling_factor", 0.5);
    assertThat(VaeEncoder.read(file(vae.toString())).latentScale()).isEqualTo(0.5);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "use_linear_projection; true",
        "attention_head_dim; [5, 10, 20, 20]",
        "block_out_channels; [320, 640, 1280, 1281]",
        "block_out_channels; []",
        "down_block_types; ['DownBlock2D', 'DownBlock2D', 'DownBlock2D', 'DownBlock2D']",
        "layers_per_block; 0",
        "layers_per_block; 2.5",
        "cross_attention_dim; null",
        "act_fn; 'gelu'",
        "norm_eps; 1e-6",
        "class_embed_type; 'timestep'",
        "a_setting_of_the_future; 3"
      })
  void unsupportedSettingsOfTheUnetAreNamed(String setting, String value) throws IOException {
    assertNamed(UNET, setting, value, DenoisingUnet::read);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {"mid_block_add_attention; false", "scaling_factor; 0", "shift_factor; 0.1"})
  void unsupportedSettingsOfTheVaeAreNamed(String setting, String value) throws IOException {
    assertNamed(VAE, setting, value, VaeEncoder::read);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {"hidden_act; 'gelu'", "num_attention_heads; 11", "vocab_size; -1"})
  void unsupportedSettingsOfTheTextTowerAreNamed(String setting, String value) throws IOException {
    assertNamed(TEXT, setting, value, ClipText::read);
  }

  private void assertNamed(String json, String setting, String value, Function<Path, ?> reader)
      throws IOException {
    ObjectNode changed = (ObjectNode) JSON.readTree(json);
    changed.set(setting, JSON.readTree(value.replace('\'', '"')));
    Path file = file(changed.toString());
    assertThatThrownBy(() -> reader.apply(file))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(setting);
  }

  @Test
  void filesThatHoldNoSettingsAreRefused() throws IOException {
    assertThatThrownBy(() -> DenoisingUnet.read(folder.resolve("missing.json")))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("missing.json: no such file");
    for (String json : List.of("", "[1]", "{\"act_fn\": ", "<html>")) {
      Path file = file(json);
      assertThatThrownBy(() -> DenoisingUnet.read(file))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining(file.toString())
          .hasMessageNotContaining("\n");
    }
  }

  private Path file(String json) throws IOException {
    return Files.writeString(Files.createTempFile(folder, "config", ".json"), json);
  }
}
