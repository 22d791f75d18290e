/** From an encoded photograph to the pixels that a network reads: decoding and resizing. */
package io.dpiqa.image;
