# pump/ending.c: far is half-closed before it has finished
s/p->out.held = p->rules.hold .*/p->out.held = false;/
