// apilab help | completion | man | version

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/version.hpp>
#include <memory>

#include "command.hpp"
#include "explain/explain.hpp"
#include "manual/command_tree.hpp"
#include "manual/formatter.hpp"
#include "pager.hpp"
#include "version.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;
using Words = std::vector<std::string>;

json::object option_json(const OptionPage& option) {
    return {{"names", json::value_from(option.names)},
            {"value", option.value},
            {"choices", json::value_from(option.choices)},
            {"description", option.description}};
}

json::object page_json(const CommandPage& page) {
    json::array options;
    json::array positionals;
    json::array commands;
    for (const auto& option : page.options) {
        options.push_back(option_json(option));
    }
    for (const auto& option : page.positionals) {
        positionals.push_back(option_json(option));
    }
    for (const auto& command : page.commands) {
        commands.push_back(page_json(command));
    }
    return {{"name", page.name()},
            {"summary", page.summary},
            {"positionals", std::move(positionals)},
            {"options", std::move(options)},
            {"commands", std::move(commands)}};
}

Words with_program(const Words& words) {
    Words all{"apilab"};
    all.insert(all.end(), words.begin(), words.end());
    return all;
}

ExitCode show_help(const CLI::App& app, const Words& words, const Globals& globals) {
    const auto root = page_of(app);
    const auto* page = find_page(root, with_program(words));
    if (page == nullptr) {
        const auto code = explain_topic(words.back(), globals);
        return code ? *code : report(code.error(), globals);
    }
    auto object = page_json(*page);
    object["version"] = 1;
    show_paged(
        globals.json ? json::serialize(object) + "\n" : help_text(*page, globals.out().width),
        globals);
    return ExitCode::success;
}

ExitCode print_text(std::string_view key, const std::string& text, const Globals& globals) {
    if (globals.json) {
        fmt::print("{}\n", json::serialize(json::object{{"version", 1}, {key, text}}));
    } else {
        fmt::print("{}", text);
    }
    return ExitCode::success;
}

ExitCode show_completion(const CLI::App& app, const std::string& shell, const Globals& globals) {
    const auto root = page_of(app);
    return print_text("script",
                      shell == "bash"  ? bash_completion(root)
                      : shell == "zsh" ? zsh_completion(root)
                                       : fish_completion(root),
                      globals);
}

ExitCode show_man(const CLI::App& app, const Words& words, const Globals& globals) {
    const auto root = page_of(app);
    const auto* page = find_page(root, with_program(words));
    if (page == nullptr) {
        return report(Error(ErrorKind::invalid_argument,
                            fmt::format("no command '{}'", fmt::join(words, " ")))
                          .with_remedy("apilab help lists them"),
                      globals);
    }
    return print_text("page", man_page(*page, version), globals);
}

ExitCode show_version(const Globals& globals) {
    const auto boost = fmt::format("{}.{}.{}", BOOST_VERSION / 100'000, BOOST_VERSION / 100 % 1000,
                                   BOOST_VERSION % 100);
    if (globals.json) {
        fmt::print("{}\n",
                   json::serialize(json::object{
                       {"version", 1},
                       {"apilab", version},
                       {"libraries",
                        {{"openssl", ::OpenSSL_version(OPENSSL_VERSION)}, {"boost", boost}}}}));
    } else {
        fmt::print("apilab {}\n{}\nBoost {}\n", version, ::OpenSSL_version(OPENSSL_VERSION), boost);
    }
    return ExitCode::success;
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string /*name*/,
                                     CLI::AppFormatMode /*mode*/) const {
    const auto* root = app;
    while (root->get_parent() != nullptr) {
        root = root->get_parent();
    }
    Words words{app->get_name()};
    for (const auto* above = app->get_parent(); above != nullptr; above = above->get_parent()) {
        words.insert(words.begin(), above->get_name());
    }
    const auto tree = page_of(*root);
    const auto* page = find_page(tree, words);
    return page == nullptr ? std::string() : help_text(*page, globals_.out().width);
}

void add_manual(CLI::App& app, const Globals& globals, Action& action) {
    const auto words = std::make_shared<Words>();
    const auto shell = std::make_shared<std::string>();
    const auto choose = [&action](CLI::App* command, std::function<ExitCode()> run) {
        command->callback([&action, run = std::move(run)] { action = run; });
    };
    auto* help = app.add_subcommand("help", "A command's help, or a topic as explain shows it");
    help->footer("Examples:\n  apilab help radar check\n  apilab help exit-codes");
    help->add_option("TOPIC", *words, "A command, exit-codes, or a topic of apilab explain");
    choose(help, [&app, words, &globals] { return show_help(app, *words, globals); });

    auto* completion =
        app.add_subcommand("completion", "A script that completes words for a shell");
    completion->footer(
        "Examples:\n  eval \"$(apilab completion bash)\"\n"
        "  apilab completion fish | source");
    completion->add_option("SHELL", *shell, "Which shell")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    choose(completion, [&app, shell, &globals] { return show_completion(app, *shell, globals); });

    auto* man = app.add_subcommand("man", "A man page (roff), of the program or of a command");
    man->footer("Examples:\n  apilab man radar check | man -l -\n  apilab man > apilab.1");
    man->add_option("COMMAND", *words, "Its words (default: the program itself)");
    choose(man, [&app, words, &globals] { return show_man(app, *words, globals); });

    auto* version_command = app.add_subcommand("version", "Versions of apilab and its libraries");
    version_command->footer("Examples:\n  apilab version --json");
    choose(version_command, [&globals] { return show_version(globals); });
}

}  // namespace apilab::cli
