package io.dpiqa.importer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LatentDiffusionNamesTest {

  @Test
  void reachEveryTensorOfThePublishedTeacherOnce() throws IOException {
    List<String> names = List.copyOf(OriginalNames.publishedTeacher().keySet());
    assertThat(names).hasSize(934);
    assertThat(throughOriginalNames(names, 2, 4)).containsExactlyElementsOf(names);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 2", "1, 3", "2, 1", "2, 2", "3, 4", "4, 5"})
  void followTheNumberOfLayersAndLevels(int layers, int levels) {
    List<String> names = OriginalNames.of(layers, levels);
    assertThat(throughOriginalNames(names, layers, levels)).containsExactlyElementsOf(names);
  }

  private static List<String> throughOriginalNames(List<String> names, int layers, int levels) {
    Map<String, String> originals = new LinkedHashMap<>();
    for (String name : names) {
      originals.put(OriginalNames.latentDiffusion(name, layers, levels), name);
    }
    LatentDiffusionNames published = LatentDiffusionNames.of(originals.keySet());
    assertThat(published).isEqualTo(new LatentDiffusionNames(layers, levels));
    return originals.keySet().stream()
        .map(original -> published.published(original).orElse("nothing for " + original))
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model.diffusion_model.input_blocks.0.0.bias | unet.conv_in.bias",
        "model.diffusion_model.input_blocks.3.0.op.weight |"
            + " unet.down_blocks.0.downsamplers.0.conv.weight",
        "model.diffusion_model.input_blocks.4.0.skip_connection.weight |"
            + " unet.down_blocks.1.resnets.0.conv_shortcut.weight",
        "model.diffusion_model.input_blocks.8.1.transformer_blocks.0.attn2.to_k.weight |"
            + " unet.down_blocks.2.attentions.1.transformer_blocks.0.attn2.to_k.weight",
        "model.diffusion_model.input_blocks.11.0.emb_layers.1.weight |"
            + " unet.down_blocks.3.resnets.1.time_emb_proj.weight",
        "model.diffusion_model.middle_block.1.proj_in.weight |"
            + " unet.mid_block.attentions.0.proj_in.weight",
        "model.diffusion_model.middle_block.2.out_layers.3.weight |"
            + " unet.mid_block.resnets.1.conv2.weight",
        "model.diffusion_model.output_blocks.2.1.conv.weight |"
            + " unet.up_blocks.0.upsamplers.0.conv.weight",
        "model.diffusion_model.output_blocks.5.2.conv.bias |"
            + " unet.up_blocks.1.upsamplers.0.conv.bias",
        "model.diffusion_model.output_blocks.11.1.norm.bias |"
            + " unet.up_blocks.3.attentions.2.norm.bias",
        "first_stage_model.encoder.down.1.block.0.nin_shortcut.weight |"
            + " vae.encoder.down_blocks.1.resnets.0.conv_shortcut.weight",
        "first_stage_model.encoder.mid.attn_1.q.weight |"
            + " vae.encoder.mid_block.attentions.0.to_q.weight",
        "first_stage_model.encoder.norm_out.bias | vae.encoder.conv_norm_out.bias",
        "first_stage_model.decoder.up.3.block.2.conv1.weight |"
            + " vae.decoder.up_blocks.0.resnets.2.conv1.weight",
        "first_stage_model.decoder.up.1.upsample.conv.bias |"
            + " vae.decoder.up_blocks.2.upsamplers.0.conv.bias",
        "first_stage_model.quant_conv.weight | vae.quant_conv.weight",
        "cond_stage_model.transformer.text_model.final_layer_norm.weight |"
            + " text_model.final_layer_norm.weight"
      })
  void areThoseOfStableDiffusion(String original, String published) {
    assertThat(new LatentDiffusionNames(2, 4).published(original)).contains(published);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "betas",
        "model_ema.diffusion_modelinput_blocks00weight",
        "model_ema.decay",
        "model.diffusion_model.label_emb.0.0.weight",
        "model.diffusion_model.input_blocks.3.0.in_layers.0.weight",
        "model.diffusion_model.input_blocks.1.2.conv.weight",
        "model.diffusion_model.output_blocks.1.2.conv.weight",
        "first_stage_model.loss.logvar",
        "first_stage_model.encoder.down.0.upsample.conv.weight",
        "cond_stage_model.transformer.text_model.embeddings.position_ids",
        "cond_stage_model.model.token_embedding.weight"
      })
  void leaveOutTheRest(String original) {
    assertThat(new LatentDiffusionNames(2, 4).published(original)).isEmpty();
  }
}
