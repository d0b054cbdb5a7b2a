// apilab trace list | show | why | export | import

#include <memory>

#include "trace/trace.hpp"

namespace apilab::cli {
namespace {

using Run = Result<ExitCode> (*)(const TraceFlags&, const Globals&);

void add_list(CLI::App& command, TraceFlags& flags) {
    command.add_option("--limit", flags.limit, "At most so many, the newest; 0: all")
        ->capture_default_str();
    command.add_option("--status", flags.status, "404, or a class: 4xx");
    command.add_option("--origin", flags.origin, "https://api.github.com, or its host");
    command.add_option("--method", flags.method, "GET, POST, ...");
    command.add_option("--slower", flags.slower, "Took longer than that: 500ms, 2s");
    command.add_option("--text", flags.text, "Stands in the URL");
    command.add_flag("--failed", flags.failed, "Ended with an error or a status from 400 on");
    command.add_flag("--follow", flags.follow, "Go on, and print each new one as it comes");
}

}  // namespace

void add_trace_command(CLI::App& app, const Globals& globals, Action& action) {
    auto* group = app.add_subcommand("trace", "The calls that were made: what happened and why");
    group->require_subcommand(1);
    const auto flags = std::make_shared<TraceFlags>();
    const auto add = [&](const char* name, const char* help, Run run) {
        auto* command = group->add_subcommand(name, help);
        command->add_option("--traces", flags->store,
                            "The store (default: APILAB_TRACES, else the state folder's "
                            "apilab/traces.db)");
        command->callback([&action, &globals, flags, run] {
            action = [&globals, flags, run] {
                const auto code = run(*flags, globals);
                return code ? *code : report(code.error(), globals);
            };
        });
        return command;
    };
    const auto add_ids = [&](CLI::App& command) {
        command.add_option("ID", flags->ids, "As list has it, its beginning, or last")->required();
    };
    add_list(*add("list", "Calls, newest first", trace_list), *flags);
    auto* show = add("show", "One call as a waterfall", trace_show);
    show->add_option("ID", flags->ids, "As list has it, its beginning, or last")
        ->required()
        ->expected(1);
    auto* why = add("why", "What was decided, in sentences", trace_why);
    why->add_option("ID", flags->ids, "As list has it, its beginning, or last")
        ->required()
        ->expected(1);
    auto* exporting = add("export", "As HAR, curl lines, HTML, SVG or (--json) JSON", trace_export);
    add_ids(*exporting);
    auto* forms = exporting->add_option_group("form");
    forms->add_option("--har", flags->har, "Write a HAR to FILE (mode 0600)");
    forms->add_flag("--curl", flags->curl, "A command line for each request");
    forms->add_option("--html", flags->html, "Write a page with the waterfall to FILE");
    forms->add_option("--svg", flags->svg, "Write the waterfall as a picture to FILE");
    auto* import = add("import", "Keep the calls of a HAR", trace_import);
    import->add_option("FILE", flags->file, "A .har of ours, of a browser or of a proxy")
        ->required();
}

}  // namespace apilab::cli
