# cmake -D OUT=file.cpp -D DIR=report/page -P EmbedPage.cmake
# Writes the page's template, style and scripts as C++ string literals, the scripts in the order of
# their names.
function(embed NAME)
  set(TEXT "")
  foreach(FILE ${ARGN})
    file(READ ${FILE} PART)
    string(APPEND TEXT "${PART}")
  endforeach()
  string(LENGTH "${TEXT}" LENGTH)
  if(LENGTH GREATER 65000)
    message(FATAL_ERROR "${NAME} of the page is ${LENGTH} characters long; compilers promise "
                        "65,536 a literal: give it a second literal")
  endif()
  string(APPEND SOURCE "const std::string_view ${NAME} = R\"page(${TEXT})page\";\n")
  set(SOURCE "${SOURCE}" PARENT_SCOPE)
endfunction()

file(GLOB SCRIPTS ${DIR}/*.js)
list(SORT SCRIPTS)
set(SOURCE "#include \"report/page_sources.hpp\"\n\nnamespace byzgate::page_sources {\n\n")
embed(html ${DIR}/page.html)
embed(css ${DIR}/page.css)
embed(js ${SCRIPTS})
string(APPEND SOURCE "\n} // namespace byzgate::page_sources\n")
file(WRITE ${OUT} "${SOURCE}")
