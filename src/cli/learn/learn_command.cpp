// apilab learn list | show | start | hint | check | watch | next | reset | tour | new

#include <fmt/core.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <memory>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "command.hpp"
#include "learn/process.hpp"
#include "learn/tutor.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

struct LearnFlags {
    std::string lesson;
    bool all_hints = false;
    /// How long a learner's program may run.
    std::string run_time_max = "20s";
    /// For the learner's program.
    std::vector<std::string> arguments;
    std::string project;
    std::string folder;
};

ExitCode print(const json::object& document) {
    fmt::print("{}\n", json::serialize(document));
    return ExitCode::success;
}

bool nobody_began(const Course& course) {
    for (const Lesson& lesson : course.lessons) {
        if (fs::exists(lesson.mine)) {
            return false;
        }
    }
    return true;
}

ExitCode list_json(const Course& course) {
    json::array all;
    std::size_t done = 0;
    std::size_t core = 0;
    for (const Lesson& lesson : course.lessons) {
        all.push_back(lesson_json(course, lesson));
        core += lesson.has_starter() ? 1 : 0;
        done += read_record(course.checkout, lesson).state == LessonState::done ? 1 : 0;
    }
    const Lesson* next = next_lesson(course);
    return print(
        {{"version", 1},
         {"done", done},
         {"of", core},
         {"here", next == nullptr ? json::value() : json::value(next->name)},
         {"next", nobody_began(course) ? "./lab learn tour"
                  : next == nullptr    ? "./lab learn next"
                                       : what_to_type(*next, read_record(course.checkout, *next))},
         {"lessons", all}});
}

Result<ExitCode> list(const Globals& globals) {
    APILAB_TRY(const auto course, open_course());
    if (globals.json) {
        return list_json(course);
    }
    Table table({">day", "program", "state", "what it is about"});
    for (const Lesson& lesson : course.lessons) {
        const auto colon = lesson.title.find(": ");
        table.add({std::to_string(lesson.day), lesson.name,
                   std::string(to_string(read_record(course.checkout, lesson).state)),
                   colon == std::string::npos ? lesson.title : lesson.title.substr(colon + 2)});
    }
    fmt::print("{}", table.to_string(globals.out()));
    if (const Lesson* next = next_lesson(course)) {
        fmt::print("\nnext: {}\n", what_to_type(*next, read_record(course.checkout, *next)));
    }
    if (nobody_began(course)) {
        fmt::print("never been here? ./lab learn tour\n");
    }
    return ExitCode::success;
}

Result<ExitCode> show(const LearnFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto course, open_course());
    APILAB_TRY(const auto lesson, pick_lesson(course.lessons, flags.lesson));
    if (globals.json) {
        return print(lesson_json(course, lesson));
    }
    fmt::print("{}\n", lesson.comment);
    const auto record = read_record(course.checkout, lesson);
    fmt::print("state      {}\n", to_string(record.state));
    for (const auto& failed : record.failed) {
        fmt::print("failed     {}\n", failed_text(lesson, failed));
    }
    if (!record.refused.empty()) {
        fmt::print("refused    {}\n", record.refused);
    }
    if (fs::exists(lesson.mine)) {
        fmt::print("yours      {}\n", course.below(lesson.mine));
    }
    fmt::print("read       {}\n", course.below(lesson.program));
    if (fs::exists(lesson.page)) {
        fmt::print("page       {}\n", course.below(lesson.page));
    }
    fmt::print("next       {}\n", what_to_type(lesson, record));
    return ExitCode::success;
}

// Moves the learner's own file aside, under a name that is free.
Result<std::string> keep_beside(const Course& course, const Lesson& lesson) {
    if (!fs::exists(lesson.mine)) {
        return std::string();
    }
    auto aside = lesson.mine;
    for (int i = 1; fs::exists(aside += fmt::format(".{}", i)); ++i) {
        aside = lesson.mine;
    }
    std::error_code failed;
    fs::rename(lesson.mine, aside, failed);
    if (failed) {
        return fail(ErrorKind::io, fmt::format("{}: {}", aside.string(), failed.message()));
    }
    return course.below(aside);
}

// Copies the starter. Nothing of the learner's is overwritten: with `reset` it is kept beside.
Result<ExitCode> start(const LearnFlags& flags, const Globals& globals, bool reset) {
    APILAB_TRY(const auto course, open_course());
    APILAB_TRY(const auto lesson, pick_lesson(course.lessons, flags.lesson));
    if (!lesson.has_starter()) {
        return fail(Error(ErrorKind::invalid_argument, lesson.name + " is there to be read and run")
                        .with_remedy(fmt::format("./lab learn {} --compare", lesson.name)));
    }
    const auto mine = course.below(lesson.mine);
    if (fs::exists(lesson.mine) && !reset) {
        return fail(
            Error(ErrorKind::invalid_argument, mine + " is already there")
                .with_remedy(fmt::format("go on with it, or: ./lab learn reset {}", lesson.name)));
    }
    std::error_code failed;
    fs::create_directories(lesson.mine.parent_path(), failed);
    APILAB_TRY(const auto kept_as, keep_beside(course, lesson));
    if (!failed) {
        fs::copy_file(lesson.starter, lesson.mine, failed);
    }
    if (failed) {
        return fail(ErrorKind::io, fmt::format("{}: {}", mine, failed.message()));
    }
    if (globals.json) {
        auto document = lesson_json(course, lesson);
        document["kept_as"] = kept_as;
        return print(document);
    }
    if (!kept_as.empty()) {
        fmt::print("yours is kept as {}\n", kept_as);
    }
    fmt::print(
        "{}\nopen {}, do what its TODOs say, then: ./lab learn check {}\n"
        "or have it judged whenever you save it: ./lab learn watch {}\n"
        "the page beside it: {}; what its `Lab& lab` can do: src/exercises/exercise.hpp\n",
        lesson.comment, mine, lesson.name, lesson.name, course.below(lesson.page));
    return ExitCode::success;
}

// Those without a starter have nothing to be stuck in; what there is to read is the hint.
ExitCode hint_of_extra(const Course& course, const Lesson& lesson, const Globals& globals) {
    if (globals.json) {
        auto document = lesson_json(course, lesson);
        document["hints"] = json::array();
        document["more"] = 0;
        return print(document);
    }
    fmt::print(
        "{0} is there to be read and run: nothing of it is yours to write.\n\n"
        "read       {1}\npage       {2}\nrun        ./lab learn {0} --compare\n"
        "break      ./lab learn {0} --help says what --break can take away\n",
        lesson.name, course.below(lesson.program), course.below(lesson.page));
    return ExitCode::success;
}

// One more hint each time; how many were seen is kept beside the runs.
Result<ExitCode> hint(const LearnFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto course, open_course());
    APILAB_TRY(const auto lesson, pick_lesson(course.lessons, flags.lesson));
    if (!lesson.has_starter() && !fs::exists(lesson.hints)) {
        return hint_of_extra(course, lesson, globals);
    }
    APILAB_TRY(const auto hints, read_hints(lesson));
    const auto& steps = hints.steps;
    const auto seen =
        flags.all_hints ? steps.size() : std::min(hints_seen(course, lesson) + 1, steps.size());
    keep_hints_seen(course, lesson, seen);
    if (globals.json) {
        auto document = lesson_json(course, lesson);
        document["hints"] =
            json::array(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(seen));
        document["more"] = steps.size() - seen;
        return print(document);
    }
    const auto record = read_record(course.checkout, lesson);
    if (!record.failed.empty()) {
        const bool stale = record.state == LessonState::stale;
        const auto& failed = record.failed.front();
        fmt::print("{} {}\n", stale ? "before your last change" : "now",
                   failed_text(lesson, failed));
        if (failed.seed != 0) {
            const bool rows = !failed.rows.empty();
            fmt::print("  {}: ./lab learn check {} -- {}--seed {}\n",
                       rows ? "its rows" : "that run again", lesson.name,
                       rows ? "--show-attempts " : "", failed.seed);
        }
        fmt::print("  more: apilab explain {}\n\n", failed.id);
    } else if (!record.refused.empty()) {
        fmt::print("the last run was not judged: {}\n\n", record.refused);
    } else if (record.state == LessonState::failing && record.verdict == "unknown") {
        fmt::print("{}\n", unknown_text(lesson, record));
    }
    for (std::size_t i = 0; i < seen; ++i) {
        fmt::print("{}. {}\n\n", i + 1, steps[i]);
    }
    fmt::print("{}\n", seen < steps.size() ? "again for the next one"
                                           : "that was the last one; the program itself is " +
                                                 course.below(lesson.program));
    return ExitCode::success;
}

ExitCode verdict_code(const LessonRecord& record) {
    return record.verdict == "pass"   ? ExitCode::success
           : record.verdict == "fail" ? ExitCode::verdict_failed
                                      : ExitCode::verdict_unknown;
}

ExitCode report_judged(const Course& course, const Lesson& lesson, const Judged& judged,
                       const JudgeOptions& options, const Globals& globals) {
    if (judged.end == JudgeEnd::tried) {
        return static_cast<ExitCode>(judged.code);
    }
    if (globals.json) {
        auto document = judged_json(course, lesson, judged);
        document["type"] = "result";
        print(document);
    }
    if (judged.end == JudgeEnd::judged) {
        if (!globals.json) {
            fmt::print("\n{} is {}; next: {}\n", lesson.name, to_string(judged.record.state),
                       what_to_type(lesson, judged.record));
            fmt::print("{}", more_of_the_day(course, lesson, judged.record));
        }
        return verdict_code(judged.record);
    }
    if (!globals.json) {
        fmt::print(stderr, "{}", judged.build_said);
        const auto code = report(error_of(course, lesson, judged, options), globals);
        return judged.end == JudgeEnd::refused ? ExitCode::verdict_unknown : code;
    }
    return judged.end == JudgeEnd::refused ? ExitCode::verdict_unknown
           : judged.end == JudgeEnd::interrupted
               ? ExitCode::interrupted
               : exit_code_of(error_of(course, lesson, judged, options));
}

// The lesson that is named, or the next one; nothing where all are done. It has to be begun.
Result<std::optional<Lesson>> begun_lesson(const Course& course, const LearnFlags& flags) {
    const Lesson* next = next_lesson(course);
    const std::string wanted = flags.lesson.empty() && next != nullptr ? next->name : flags.lesson;
    if (wanted.empty()) {
        return std::nullopt;
    }
    APILAB_TRY(auto lesson, pick_lesson(course.lessons, wanted));
    if (!fs::exists(lesson.mine)) {
        return fail(Error(ErrorKind::invalid_argument, course.below(lesson.mine) + " is not there")
                        .with_remedy(what_to_type(lesson, read_record(course.checkout, lesson))));
    }
    return lesson;
}

ExitCode all_done(const Globals& globals) {
    fmt::print("{}\n", globals.json ? R"({"version":1,"type":"result","lesson":null})"
                                    : "every program is done");
    return ExitCode::success;
}

Result<ExitCode> check(const LearnFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto course, open_course());
    JudgeOptions options{.arguments = flags.arguments, .quiet = globals.json};
    APILAB_TRY(options.run_time_max, parse_duration(flags.run_time_max));
    APILAB_TRY(const auto lesson, begun_lesson(course, flags));
    if (!lesson) {
        return all_done(globals);
    }
    if (!globals.json && !globals.quiet) {
        fmt::print(stderr, "building {}{}\n", course.below(lesson->mine),
                   was_built(*lesson) ? "" : " (the first time a minute or two)");
    }
    const Interrupts interrupts;
    options.interrupts = {interrupts.handle()};
    APILAB_TRY(const auto judged, judge_lesson(course.checkout, *lesson, options));
    return report_judged(course, *lesson, judged, options, globals);
}

Result<ExitCode> watch(const LearnFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto course, open_course());
    JudgeOptions options;
    APILAB_TRY(options.run_time_max, parse_duration(flags.run_time_max));
    APILAB_TRY(const auto lesson, begun_lesson(course, flags));
    return lesson ? watch_lesson(course, *lesson, options, globals) : all_done(globals);
}

Result<ExitCode> next(const Globals& globals) {
    APILAB_TRY(const auto course, open_course());
    const Lesson* lesson = next_lesson(course);
    return lesson == nullptr ? all_done(globals) : show({.lesson = lesson->name}, globals);
}

using Run = std::function<Result<ExitCode>()>;

// The commands below `learn`, which all share their flags.
class Commands {
public:
    Commands(CLI::App& learn, const Globals& globals, Action& action)
        : learn_(learn), globals_(globals), action_(action) {}

    CLI::App* add(const std::string& name, const std::string& text, Run run) {
        auto* command = learn_.add_subcommand(name, text);
        command->callback([&globals = globals_, &action = action_, run = std::move(run)] {
            action = [&globals, run] {
                const auto code = run();
                return code ? *code : report(code.error(), globals);
            };
        });
        return command;
    }
    CLI::App* of_lesson(const std::string& name, const std::string& text, bool required, Run run) {
        auto* command = add(name, text, std::move(run));
        command->add_option("DAY", flags->lesson, "2, day02 or a program's name")
            ->required(required);
        return command;
    }
    std::shared_ptr<LearnFlags> flags = std::make_shared<LearnFlags>();

private:
    CLI::App& learn_;
    const Globals& globals_;
    Action& action_;
};

void add_judging(Commands& commands, const Globals& globals) {
    const auto flags = commands.flags;
    auto* check_it =
        commands.of_lesson("check", "Builds and judges your program (default: the next one)", false,
                           [flags, &globals] { return check(*flags, globals); });
    auto* watch_it = commands.of_lesson("watch", "Judges your program whenever you save it", false,
                                        [flags, &globals] { return watch(*flags, globals); });
    for (auto* command : {check_it, watch_it}) {
        command->add_option("--limit", flags->run_time_max, "How long it may run (default 20s)");
    }
    check_it->add_option("arguments", flags->arguments,
                         "For your program, after --: a try that is not kept (-- --show-attempts)");
}

}  // namespace

void add_learn(CLI::App& app, const Globals& globals, Action& action) {
    auto* learn = app.add_subcommand("learn", "The fourteen days: what is done, what comes next");
    learn->require_subcommand(1);
    Commands commands(*learn, globals, action);
    const auto flags = commands.flags;
    commands.add("tour", "For who has never been here: the first half hour",
                 [&globals] { return take_tour(globals); });
    commands.add("list", "Every program and where you are", [&globals] { return list(globals); });
    commands.of_lesson("show", "One program: what it is about", true,
                       [flags, &globals] { return show(*flags, globals); });
    commands.of_lesson("start", "Copies a day's starter into my/", true,
                       [flags, &globals] { return start(*flags, globals, false); });
    commands.of_lesson("reset", "The starter anew; yours is kept beside", true,
                       [flags, &globals] { return start(*flags, globals, true); });
    commands
        .of_lesson("hint", "What fails now, and the next of three hints", true,
                   [flags, &globals] { return hint(*flags, globals); })
        ->add_flag("--all", flags->all_hints, "All three");
    add_judging(commands, globals);
    commands.add("next", "What to do next", [&globals] { return next(globals); });
    auto* fresh = commands.add(
        "new", "A small project of your own, with a test against the sandbox",
        [flags, &globals] { return make_project(flags->project, flags->folder, globals); });
    fresh->add_option("NAME", flags->project, "Letters, digits, - and _; begins with a letter")
        ->required();
    fresh->add_option("--folder", flags->folder, "Where (default: a new folder NAME)");
}

}  // namespace apilab::cli
