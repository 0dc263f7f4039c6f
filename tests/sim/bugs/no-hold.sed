# pump/ending.c: far is half-closed before it has finished
s/p->out.finish_deferred = p->rules.hold .*/p->out.finish_deferred = false;/
