#ifndef CLI_ABOUT_H
#define CLI_ABOUT_H

#include <stdbool.h>
#include <stdio.h>

/* Print the help, made from the table of options, and the version. */
void about_help(FILE *);
void about_version(FILE *);

/* Prints a completion script for shell: "bash", "zsh" or "fish". */
void about_completion(FILE *, const char *shell);

#endif
