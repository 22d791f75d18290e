/** How files are written, whatever is in them. */
package io.dpiqa.file;
