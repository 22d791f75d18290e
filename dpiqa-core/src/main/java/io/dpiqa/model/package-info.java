/** Model files: what they say about themselves, and the folder that keeps them. */
package io.dpiqa.model;
