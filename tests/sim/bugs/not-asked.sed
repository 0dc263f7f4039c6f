# pump/pump.c: the loop is not told that near has left
/^pump_near_left/,/^}/s/loop_changed(&p->task);//
