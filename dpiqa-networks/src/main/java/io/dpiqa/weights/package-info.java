/** Weights files: safetensors, read and written, and PyTorch checkpoints, read. */
package io.dpiqa.weights;
