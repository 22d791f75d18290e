/**
 * Networks in libtorch: what {@link io.dpiqa.network.Operations} mean when a network is trained.
 */
package io.dpiqa.torch;
