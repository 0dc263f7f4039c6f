# pump/mover.c: taps at the source do not see what is spliced
s/taps_saw(lane->rules.source_taps, data != NULL ? &part : NULL, bytes);/if (data != NULL) taps_saw(lane->rules.source_taps, \&part, bytes);/
