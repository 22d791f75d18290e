/**
 * Every network, described once over a small vocabulary of tensor operations ({@link
 * io.dpiqa.network.Operations}), and what can be made of a description: its shapes and cost ({@link
 * io.dpiqa.network.Shapes}) or a graph that runs ({@link io.dpiqa.network.OnnxGraph}). Training
 * adds a third meaning, in libtorch.
 */
package io.dpiqa.network;
