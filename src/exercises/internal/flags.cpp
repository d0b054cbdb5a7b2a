#include "internal/flags.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <filesystem>

namespace exercise::internal {
namespace {

std::string sins_help(const Program& program) {
    std::string text = "Take one protection away:";
    for (const auto& sin : program.sins) {
        text += fmt::format("\n{} ({}; {} notices)", sin.name, sin.effect, sin.check);
    }
    return text;
}

// --help shows what a learner needs; the rest are for whoever asks with --help-all.
void add_rest(CLI::App& app, const Program& program, Flags& flags, bool& library) {
    const std::string group = "More";
    if (program.library != nullptr) {
        app.add_flag("--library", library, "The same in one line of the library")->group(group);
    }
    app.add_option("--chaos", flags.chaos,
                   "What the sandbox does: a scenario's name or file, or none")
        ->group(group);
    app.add_option("--seed", flags.seed, "Same seed, same world and same faults")->group(group);
    app.add_option("--runs", flags.runs, "So many seeds from --seed on")
        ->check(CLI::Range(1, 1000))
        ->group(group);
    app.add_flag("--json", flags.json, "One JSON document a run")->group(group);
    app.add_flag("--show-attempts", flags.show_attempts,
                 "Every request as it went, by its row of the journal")
        ->group(group);
    app.add_option("--base-url", flags.base_url,
                   "A sandbox elsewhere instead of the one in here; or env: each API where its "
                   "APILAB_<NAME>_URL says, with the credentials of the environment, be it a "
                   "sandbox (apilab sandbox env) or the real one")
        ->group(group);
    app.add_option("--trace", flags.trace_file, "Every request, redacted, into FILE.har")
        ->group(group);
    app.add_option("--matrix", flags.matrix_file,
                   "Every variant on each seed, a line each; all of it as JSON into FILE")
        ->group(group)
        ->excludes("--json")
        ->excludes("--trace");
}

}  // namespace

std::string_view to_string(Variant variant) {
    switch (variant) {
        case Variant::production:
            return "production";
        case Variant::naive:
            return "naive";
        case Variant::library:
            return "library";
    }
    return "production";
}

Flags parse_flags(const Program& program, int argc, char** argv) {
    Flags flags;
    bool naive = false;
    bool library = false;
    CLI::App app(program.name + ": " + program.story, program.name);
    app.set_help_all_flag("--help-all", "Every flag");
    if (program.naive != nullptr) {
        app.add_flag("--naive", naive, "The tempting wrong policy");
        app.add_flag("--compare", flags.compare, "Naive, then production, on the same seed");
    }
    if (!program.sins.empty()) {
        std::vector<std::string> names;
        std::ranges::transform(program.sins, std::back_inserter(names), &Sin::name);
        app.add_option("--break", flags.sin, sins_help(program))->check(CLI::IsMember(names));
    }
    // CLI11 prints every group in --help; options that are not declared yet are not printed.
    const bool all = std::any_of(argv + 1, argv + argc, [](std::string_view word) {
        return word != "--help" && word != "-h";
    });
    if (all) {
        add_rest(app, program, flags, library);
    }
    app.footer("Exit: 0 pass, 3 fail, 5 unknown (nothing was put to the test), 2 wrong usage.");
    try {
        app.parse(argc, argv);
        const auto folder = std::filesystem::path(flags.trace_file).parent_path();
        if (!folder.empty() && !std::filesystem::is_directory(folder)) {
            throw CLI::ValidationError("--trace: there is no folder " + folder.string());
        }
        if (naive && (library || flags.compare || !flags.sin.empty())) {
            throw CLI::ValidationError("--naive goes alone: it has no protections to take away");
        }
    } catch (const CLI::ParseError& error) {
        const int code = app.exit(error);
        flags.exit_code = code == 0 ? 0 : 2;
    }
    flags.variant = naive ? Variant::naive : (library ? Variant::library : Variant::production);
    return flags;
}

}  // namespace exercise::internal
