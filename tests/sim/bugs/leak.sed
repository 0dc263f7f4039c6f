# pump/copy.c: the buffer is not given back
/^copy_stop/,/^}/s/free(c->data);//
