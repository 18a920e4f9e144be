-- What a user does in Neovim, with its own client. Each step prints a line "ok NAME" or
-- "not ok NAME: what there is instead".
local folder, zt = vim.env.ZT_FOLDER, vim.env.ZT

local function step(name, fine, detail)
  io.stdout:write((fine and 'ok ' .. name or 'not ok ' .. name .. ': ' .. vim.inspect(detail)) .. '\n')
end
local function wait(condition) return vim.wait(20000, condition, 10) end
local function lines() return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n') end
local function go(pattern) -- the cursor on a match of the pattern, at \zs
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  assert(vim.fn.search(pattern, 'c') > 0, pattern)
end

local config = { name = 'zt', cmd = { zt, 'lsp' }, root_dir = folder }
vim.api.nvim_create_autocmd('FileType', {
  pattern = 'zt',
  callback = function(args)
    if vim.lsp.start then
      vim.lsp.start(config)
    else -- before Neovim 0.8
      config.id = config.id or vim.lsp.start_client(config)
      vim.lsp.buf_attach_client(args.buf, config.id)
    end
  end,
})
vim.cmd('edit ' .. folder .. '/shop.zt')
step('filetype', vim.bo.filetype == 'zt', vim.bo.filetype)
step('comments', vim.bo.commentstring == '# %s', vim.bo.commentstring)
local function group(pattern)
  go(pattern)
  return vim.fn.synIDattr(vim.fn.synID(vim.fn.line('.'), vim.fn.col('.'), 1), 'name')
end
step('syntax', group('^namespace') == 'ztStatement' and group('->') == 'ztOperator' and group(':\\zs80') == 'ztNumber', { group('^namespace'), group('->'), group(':\\zs80') })

step('diagnostics', wait(function() return #vim.diagnostic.get(0) == 1 end), vim.diagnostic.get(0))
local d = vim.diagnostic.get(0)[1]
step('diagnostic', d and d.source == 'zt' and d.message:find('did you mean') and d.lnum == 4, d)

local function request(method, params) -- the answer of the server
  for _, r in pairs(vim.lsp.buf_request_sync(0, method, params, 20000) or {}) do
    return r.result
  end
end

-- A quick fix.
go('apy')
local range = vim.lsp.util.make_range_params()
range.context = { diagnostics = {} }
local actions = request('textDocument/codeAction', range) or {}
if actions[1] then
  vim.lsp.util.apply_workspace_edit(actions[1].edit, 'utf-16')
end
step('code action', lines():find('web%->api'), actions)
step('diagnostics after the fix', wait(function() return #vim.diagnostic.get(0) == 0 end), vim.diagnostic.get(0))

-- Formatting.
local format = vim.lsp.buf.format or vim.lsp.buf.formatting_sync
format()
step('format', lines():find('  web %-> api'), lines())

-- Hover opens a window.
go('tier \\zsapi')
vim.lsp.buf.hover()
local shown
local function hovered()
  for _, w in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(w).relative ~= '' then
      shown = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(w), 0, -1, false), '\n')
      return true
    end
  end
end
step('hover', wait(hovered) and shown:find('shop/web %-> shop/api :80/tcp', 1) and shown:find('shop.zt:5'), shown)

-- Definition in another file.
vim.cmd('edit ' .. folder .. '/use.zt')
step('diagnostics of another file', wait(function() return #vim.diagnostic.get(0) == 0 end), vim.diagnostic.get(0))
go('shop/\\zsapi')
vim.lsp.buf.definition()
step('definition', wait(function() return vim.fn.expand('%:t') == 'shop.zt' and vim.fn.line('.') == 4 end), { vim.fn.expand('%:t'), vim.fn.line('.') })

-- Rename in both files.
go('tier \\zsapi')
vim.lsp.buf.rename('backend')
step('rename', wait(function() return lines():find('web %-> backend') ~= nil end), lines())
vim.cmd('buffer use.zt')
step('rename in another file', lines():find('job %-> shop/backend'), lines())

-- Completion after an arrow. The client sends the changes of the other buffer a little later.
vim.api.nvim_buf_set_lines(0, -1, -1, false, { 'job -> shop/' })
vim.api.nvim_win_set_cursor(0, { vim.fn.line('$'), 12 })
local words
step('completion', wait(function()
  local list = request('textDocument/completion', { textDocument = vim.lsp.util.make_text_document_params(), position = { line = vim.fn.line('$') - 1, character = 12 } })
  words = {}
  for _, item in ipairs((list or {}).items or {}) do
    words[#words + 1] = item.label
  end
  return vim.tbl_contains(words, 'shop/backend') and vim.tbl_contains(words, 'shop/*')
end), words)
vim.cmd('qall!')
