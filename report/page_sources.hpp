/// The page's template, style and script: the files of report/page, put in by the build.
#pragma once

#include <string_view>

namespace byzgate::page_sources {

extern const std::string_view html;
extern const std::string_view css;
extern const std::string_view js;

} // namespace byzgate::page_sources
