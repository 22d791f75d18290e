/** Scores photographs: how good does this picture look to people, with no reference to compare? */
package io.dpiqa;
