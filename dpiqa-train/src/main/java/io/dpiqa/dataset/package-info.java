/** Pictures with people's scores, and splits of them that keep near-duplicates together. */
package io.dpiqa.dataset;
