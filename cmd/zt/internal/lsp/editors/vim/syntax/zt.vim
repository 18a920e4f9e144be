" Syntax of the topology language zt.
if exists('b:current_syntax')
  finish
endif

syntax match ztOperator /<->\|->\|[!=]=\|[=!]/
syntax match ztNumber /\v:\s*\zs\d+(-\d+)?(\/(tcp|udp|sctp))?>/
syntax match ztNumber /\v[=,]\s*\zs\d+(-\d+)?(\/(tcp|udp|sctp))?>/
syntax match ztAddress /\v<\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?>/
syntax match ztAddress /\v<\x+:[0-9a-fA-F:.]*(\/\d{1,3})?/
" Words of the language, but not as a part of a name such as `tier-1` or `app/name`.
syntax match ztStatement /\v(^|[{;])\s*\zs(import|namespace|tier|external|environment|network|labels|deny|isolate|dns|ingress|egress)(\s|$|\{)@=/
syntax match ztWord /\v\s\zs(path|by|isolates|dynamic|except|host|off|in|notin|ingress|egress|nothing|tiers)(\s|$|[{(])@=/
syntax match ztWord /\v[{;]\s*\zs(pods|services|nodes|apiserver|host)\s@=/
syntax match ztEndpoint /\v(^|[ \t,>])\zs(internet|cluster|nodes|apiserver|all)(\s|$|[,:])@=/
syntax match ztEndpoint /\v:\s*\zsany>/
syntax match ztVariable /\$environment/
syntax region ztString start=/"/ end=/"/ oneline
syntax match ztComment /#.*$/ contains=@Spell

highlight default link ztOperator Operator
highlight default link ztNumber Number
highlight default link ztAddress Constant
highlight default link ztStatement Keyword
highlight default link ztWord Keyword
highlight default link ztEndpoint Special
highlight default link ztVariable PreProc
highlight default link ztString String
highlight default link ztComment Comment

let b:current_syntax = 'zt'
