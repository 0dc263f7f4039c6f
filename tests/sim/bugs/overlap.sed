# pump/copy.c: what is read lies over what transforms write
s/raw = c->data + (c->size - size);/raw = c->data;/
