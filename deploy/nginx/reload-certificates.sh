#!/bin/sh
# In the container: every six hours NGINX reads its certificate again, which certbot may have renewed. The image's entry
# point runs this before it becomes NGINX; what is begun here goes on beside it.
(
  while sleep 21600; do
    nginx -s reload
  done
) &
