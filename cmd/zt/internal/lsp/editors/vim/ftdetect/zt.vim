" Files of the topology language zt.
autocmd BufRead,BufNewFile *.zt setfiletype zt
