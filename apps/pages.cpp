#include "apps/pages.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace byzgate {

namespace {

std::vector<const CLI::App*> subcommands_of(const CLI::App& app) {
    return app.get_subcommands([](const CLI::App*) { return true; });
}

/// Those with a name that begins with a dash, `--help` first.
std::vector<const CLI::Option*> options_of(const CLI::App& app) {
    return app.get_options([](const CLI::Option* one) { return one->nonpositional(); });
}

bool takes_value(const CLI::Option& option) {
    return option.get_items_expected_max() > 0;
}

/// `-h`, `--help`.
std::vector<std::string> names_of(const CLI::Option& option) {
    std::vector<std::string> names;
    for (const auto& one : option.get_snames()) {
        names.push_back("-" + one);
    }
    for (const auto& one : option.get_lnames()) {
        names.push_back("--" + one);
    }
    return names;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        text.replace(at, what.size(), with);
        at += with.size();
    }
    return text;
}

/// For troff: nothing in the text is an instruction, and everything is ASCII.
std::string troff(const std::string& text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c == '\\') {
            result += "\\e";
        } else if (c == '-') {
            result += "\\-";
        } else if ((c == '.' || c == '\'') && (i == 0 || text[i - 1] == '\n')) {
            result += "\\&" + std::string{text[i]};
        } else if (c < 0x80) {
            result += text[i];
        } else if (c >= 0xc0) {
            const int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
            std::uint32_t code = c & (0x3fU >> more);
            for (int k = 1; k <= more; ++k) {
                code = code << 6 | (static_cast<unsigned char>(text.at(i + k)) & 0x3fU);
            }
            // Three dots everywhere: not every terminal has the one character.
            result += code == 0x2026 ? "..." : fmt::format("\\[u{:04X}]", code);
            i += static_cast<std::size_t>(more);
        }
    }
    return result;
}

std::string man_option(const CLI::Option& option) {
    std::string names;
    for (const auto& one : names_of(option)) {
        names += (names.empty() ? "\\fB" : ", \\fB") + troff(one) + "\\fR";
    }
    if (takes_value(option)) {
        names += " \\fI" + troff(option.get_type_name()) + "\\fR";
    }
    return ".TP\n" + names + "\n" + troff(option.get_description()) + "\n";
}

std::string man_command(const CLI::App& sub) {
    std::string usage = "\\fBbyzgate " + troff(sub.get_name()) + "\\fR [\\fIoptions\\fR]";
    std::string arguments;
    for (const auto* one : sub.get_options()) {
        if (one->get_positional()) {
            const auto name = troff(one->get_name(true));
            usage += one->get_required() ? " \\fI" + name + "\\fR" : " [\\fI" + name + "\\fR]";
            usage += one->get_items_expected_max() > 1 ? "..." : "";
            arguments += ".TP\n\\fI" + name + "\\fR\n" + troff(one->get_description()) + "\n";
        }
    }
    std::string text = ".SS " + troff(sub.get_name()) + "\n" + usage + "\n.PP\n"
                       + troff(sub.get_description()) + ".\n" + arguments;
    for (const auto* one : options_of(sub)) {
        text += man_option(*one);
    }
    return text;
}

/// Within single quotes of a shell.
std::string quoted(const std::string& text) {
    return "'" + replaced(text, "'", "'\\''") + "'";
}

std::string words_of(const CLI::App& app) {
    std::string words;
    for (const auto* option : options_of(app)) {
        for (const auto& name : names_of(*option)) {
            words += (words.empty() ? "" : " ") + name;
        }
    }
    return words;
}

} // namespace

std::string man_page(const CLI::App& app) {
    std::string text = fmt::format(
        ".\\\" Made from the program's own description of its command line.\n"
        ".TH BYZGATE 1 \"\" \"{}\" \"User Commands\"\n.SH NAME\nbyzgate \\- {}\n"
        ".SH SYNOPSIS\n\\fBbyzgate\\fR \\fIcommand\\fR [\\fIoptions\\fR] [\\fIarguments\\fR]\n"
        ".SH DESCRIPTION\nServers that hold a database say of each record whether it is public or "
        "confidential; servers without the database check one another; a gate lets a record out "
        "only when enough of them agree that it is public. Any of them may lie.\n.PP\n"
        "\\fBbyzgate\\fR plays such a cluster in one process, simulates it, checks every lie there "
        "is, and runs it as processes on several hosts.\n.SH OPTIONS\n",
        troff(app.version()), troff(app.get_description()));
    for (const auto* option : options_of(app)) {
        text += man_option(*option);
    }
    text += ".SH COMMANDS\n";
    for (const auto* sub : subcommands_of(app)) {
        text += man_command(*sub);
    }
    text += ".SH BEHAVIOURS AND EXIT CODES\n.nf\n" + troff(app.get_footer()) + "\n.fi\n";
    return text
           + ".SH ENVIRONMENT\n.TP\n\\fBBYZGATE_KEY_\\fISERVER\\fR\nThe private key of a "
             "server, as in its key file, which it goes before; the name in capitals with "
             "underscores (\\fBBYZGATE_KEY_LIEUTENANT_2\\fR). Read once and removed from the "
             "environment.\n.TP\n\\fBBYZGATE_DATABASE_SECRET\\fR\nThe secret of a sealed "
             "cluster's commanders, likewise.\n"
             ".SH FILES\n.TP\n\\fI/etc/byzgate/cluster.toml\\fR\nThe configuration of "
             "\\fBbyzgate@.service\\fR.\n.TP\n\\fI/var/lib/byzgate\\fR\nIts state: ledger, signing "
             "logs, evidence.\n.SH SEE ALSO\n\\fBsystemd.service\\fR(5), \\fBtc\\fR(8). The "
             "documentation is installed in \\fI/usr/share/doc/byzgate\\fR.\n";
}

std::string bash_completion(const CLI::App& app) {
    std::string commands;
    std::string cases;
    for (const auto* sub : subcommands_of(app)) {
        commands += sub->get_name() + " ";
        cases += fmt::format("        {}) words='{}' ;;\n", sub->get_name(), words_of(*sub));
    }
    return fmt::format("# bash completion for byzgate\n"
                       "_byzgate() {{\n"
                       "    local current=${{COMP_WORDS[COMP_CWORD]}} words=''\n"
                       "    COMPREPLY=()\n"
                       "    case ${{COMP_WORDS[1]}} in\n{}    esac\n"
                       "    if [[ $COMP_CWORD -eq 1 ]]; then\n"
                       "        words='{}{}'\n"
                       "    elif [[ $current != -* ]]; then\n"
                       "        return # Files, as the shell completes them.\n"
                       "    fi\n"
                       "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
                       "}}\n"
                       "complete -o default -F _byzgate byzgate\n",
                       cases, commands, words_of(app));
}

std::string zsh_completion(const CLI::App& app) {
    const auto described = [](const std::string& text) {
        return replaced(replaced(replaced(text, "[", "("), "]", ")"), ":", " -");
    };
    const auto specified = [&](const CLI::App& of, const std::string& indent) {
        std::string all;
        for (const auto* option : options_of(of)) {
            const auto value = takes_value(*option)
                                   ? ":" + described(option->get_type_name()) + ":_files"
                                   : std::string{};
            for (const auto& name : names_of(*option)) {
                all +=
                    indent
                    + quoted("*" + name + "[" + described(option->get_description()) + "]" + value)
                    + " \\\n";
            }
        }
        return all;
    };
    std::string commands;
    std::string cases;
    for (const auto* sub : subcommands_of(app)) {
        commands +=
            "        " + quoted(sub->get_name() + ":" + described(sub->get_description())) + "\n";
        cases += fmt::format("        {})\n            _arguments \\\n", sub->get_name());
        cases += specified(*sub, "                ");
        cases += "                '*:file:_files'\n            ;;\n";
    }
    return "#compdef byzgate\n# zsh completion for byzgate\n_byzgate() {\n    local -a commands\n"
           "    commands=(\n"
           + commands
           + "    )\n    if (( CURRENT == 2 )); then\n        _describe command commands\n"
             "        _arguments \\\n"
           + specified(app, "            ")
           + "            '*:file:_files'\n        return\n    fi\n    local command=$words[2]\n   "
             " shift words\n"
             "    (( CURRENT-- ))\n    case $command in\n"
           + cases + "    esac\n}\n_byzgate \"$@\"\n";
}

std::string fish_completion(const CLI::App& app) {
    std::string text = "# fish completion for byzgate\n";
    const auto add = [&](const std::string& condition, const CLI::Option& option) {
        text += "complete -c byzgate -n " + quoted(condition);
        for (const auto& name : option.get_snames()) {
            text += " -s " + name;
        }
        for (const auto& name : option.get_lnames()) {
            text += " -l " + name;
        }
        text += std::string{takes_value(option) ? " -r" : ""} + " -d "
                + quoted(option.get_description()) + "\n";
    };
    for (const auto* option : options_of(app)) {
        add("__fish_use_subcommand", *option);
    }
    for (const auto* sub : subcommands_of(app)) {
        text += fmt::format("complete -c byzgate -n __fish_use_subcommand -f -a {} -d {}\n",
                            sub->get_name(), quoted(sub->get_description()));
        for (const auto* option : options_of(*sub)) {
            add("__fish_seen_subcommand_from " + sub->get_name(), *option);
        }
    }
    return text;
}

} // namespace byzgate
