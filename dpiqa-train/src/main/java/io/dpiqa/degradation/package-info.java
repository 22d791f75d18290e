/** Photographs made worse in known ways. */
package io.dpiqa.degradation;
