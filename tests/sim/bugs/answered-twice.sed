# pump/copy.c: an answer that went out in part goes out again
s/replies->start += first;/replies->start += replies->start + first == replies->end ? first : 0;/
