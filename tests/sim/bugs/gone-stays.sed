# pump/message.c: the next message begins where the last one was cut
/^next_message/,/^}/s/b->gone = 0;//
