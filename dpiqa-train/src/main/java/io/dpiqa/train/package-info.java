/** Training of students on people's scores. */
package io.dpiqa.train;
