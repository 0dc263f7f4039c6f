# pump/pump.c: the loop is not told that near has left
/^pump_near_gone/,/^}/s/loop_changed(&p->task);//
