// byzgate_pages man|bash|zsh|fish FILE: writes one page for the installation.
#include <cstdio>
#include <fstream>
#include <string>

#include "apps/pages.hpp"
#include "apps/subcommands.hpp"

int main(int argc, char** argv) {
    const std::string kind = argc == 3 ? argv[1] : "";
    CLI::App app;
    byzgate::subcommand_action todo;
    byzgate::describe_command(app, todo);
    std::string page;
    if (kind == "man") {
        page = byzgate::man_page(app);
    } else if (kind == "bash") {
        page = byzgate::bash_completion(app);
    } else if (kind == "zsh") {
        page = byzgate::zsh_completion(app);
    } else if (kind == "fish") {
        page = byzgate::fish_completion(app);
    } else {
        std::fputs("byzgate_pages man|bash|zsh|fish FILE\n", stderr);
        return 2;
    }
    std::ofstream out{argv[2], std::ios::binary};
    out << page << std::flush;
    return out ? 0 : 1;
}
