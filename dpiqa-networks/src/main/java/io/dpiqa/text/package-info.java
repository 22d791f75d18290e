/** The prompts that a teacher's context is made of, and the tokens that CLIP reads. */
package io.dpiqa.text;
