/** Brings checkpoints that people have into the model store. */
package io.dpiqa.importer;
