/** How well predictions agree with people's opinions. */
package io.dpiqa.evaluation;
