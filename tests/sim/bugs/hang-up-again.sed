# pump/pump.c: that near has hung up is not remembered
/^pump_notice/,/^}/s/p->near->hung_up = true;//
