"""What tools ask of the running server, over the socket `control` in its data directory.

tool: ask  ->  a line of JSON  ->  ControlSocket  ->  the request's row  ->  its handler
tool       <-  a line of JSON  <-  after the commit  <-  an answer, now or in a later tick

protocol         the two lines, sans I/O
requests         one row for each request; its docstring says how to add one
host             what requests may ask of the server
control_socket   the server's end
ask              the tools' end

printf '{"request": "status"}\\n' | nc -U -N DATA/control
"""
