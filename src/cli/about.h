#ifndef CLI_ABOUT_H
#define CLI_ABOUT_H

#include <stdbool.h>
#include <stdio.h>

/* What strait says about itself, all of it from the table of options. */
void about_help(FILE *);
void about_version(FILE *);

/* Prints what makes a shell complete strait's options: "bash", "zsh" or "fish". */
void about_completion(FILE *, const char *shell);

#endif
