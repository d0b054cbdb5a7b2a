// apilab learn list | show | start | hint | check | next | reset

#include <fmt/core.h>
#include <sys/wait.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

#include "apilab/base/duration.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "child.hpp"
#include "command.hpp"
#include "learn/course.hpp"
#include "learn/record.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// A build of one file and what it needs; the first one of a fresh checkout compiles the library.
constexpr Duration build_time_max = std::chrono::minutes(30);

// Exit codes: ended by a signal, as shells have it; an exception that nobody caught
// (`exercise::run`).
constexpr int killed_by = 128;
constexpr int threw = 70;

struct Course {
    fs::path checkout;
    std::vector<Lesson> lessons;
};

struct LearnFlags {
    std::string lesson;
    bool all_hints = false;
    /// How long a learner's program may run; those of the path take a second or two.
    std::string run_time_max = "20s";
    /// For the learner's program.
    std::vector<std::string> arguments;
};

Result<Course> open_course() {
    APILAB_TRY(auto checkout, find_checkout(fs::current_path()));
    auto lessons = find_lessons(checkout);
    return Course{std::move(checkout), std::move(lessons)};
}

// What is to be done next: the first core program that is not done.
const Lesson* next_lesson(const Course& course) {
    for (const Lesson& lesson : course.lessons) {
        const auto state = read_record(course.checkout, lesson).state;
        if (state != LessonState::done && state != LessonState::to_read) {
            return &lesson;
        }
    }
    return nullptr;
}

std::string what_to_type(const Course& course, const Lesson& lesson) {
    switch (read_record(course.checkout, lesson).state) {
        case LessonState::to_read:
            return fmt::format("./lab learn {} --compare", lesson.name);
        case LessonState::not_started:
            return fmt::format("./lab learn start {}", lesson.name);
        case LessonState::done:
            return "./lab learn next";
        default:
            return fmt::format("./lab learn check {}", lesson.name);
    }
}

json::object lesson_json(const Course& course, const Lesson& lesson) {
    const auto record = read_record(course.checkout, lesson);
    const auto relative = [&](const fs::path& path) {
        return fs::exists(path) ? json::value(fs::relative(path, course.checkout).string())
                                : json::value(nullptr);
    };
    return {{"name", lesson.name},
            {"day", lesson.day},
            {"title", lesson.title},
            {"state", to_string(record.state)},
            {"verdict", record.verdict.empty() ? json::value() : json::value(record.verdict)},
            {"failed", json::value_from(record.failed)},
            {"program", relative(lesson.program)},
            {"mine", relative(lesson.mine)},
            {"page", relative(lesson.page)},
            {"next", what_to_type(course, lesson)}};
}

Result<ExitCode> list(const Globals& globals) {
    APILAB_TRY(const auto course, open_course());
    if (globals.json) {
        json::array all;
        for (const Lesson& lesson : course.lessons) {
            all.push_back(lesson_json(course, lesson));
        }
        fmt::print("{}\n", json::serialize(json::object{{"version", 1}, {"lessons", all}}));
        return ExitCode::success;
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
        fmt::print("\nnext: {}\n", what_to_type(course, *next));
    }
    return ExitCode::success;
}

Result<ExitCode> show(const LearnFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto course, open_course());
    APILAB_TRY(const auto lesson, pick_lesson(course.lessons, flags.lesson));
    if (globals.json) {
        fmt::print("{}\n", json::serialize(lesson_json(course, lesson)));
        return ExitCode::success;
    }
    fmt::print("{}\n", lesson.comment);
    const auto record = read_record(course.checkout, lesson);
    fmt::print("state      {}\n", to_string(record.state));
    for (const auto& failed : record.failed) {
        fmt::print("failed     {}\n", failed);
    }
    fmt::print("read       {}\n", fs::relative(lesson.program, course.checkout).string());
    if (fs::exists(lesson.page)) {
        fmt::print("page       {}\n", fs::relative(lesson.page, course.checkout).string());
    }
    fmt::print("next       {}\n", what_to_type(course, lesson));
    return ExitCode::success;
}

// Copies the starter. Nothing of the learner's is overwritten: with `reset` it is kept beside.
Result<ExitCode> start(const LearnFlags& flags, const Globals& globals, bool reset) {
    APILAB_TRY(const auto course, open_course());
    APILAB_TRY(const auto lesson, pick_lesson(course.lessons, flags.lesson));
    if (!lesson.has_starter()) {
        return fail(Error(ErrorKind::invalid_argument, lesson.name + " is there to be read and run")
                        .with_remedy(what_to_type(course, lesson)));
    }
    const auto mine = fs::relative(lesson.mine, course.checkout).string();
    if (fs::exists(lesson.mine) && !reset) {
        return fail(
            Error(ErrorKind::invalid_argument, mine + " is already there")
                .with_remedy(fmt::format("go on with it, or: ./lab learn reset {}", lesson.name)));
    }
    std::error_code failed;
    std::string kept_as;
    fs::create_directories(lesson.mine.parent_path(), failed);
    if (fs::exists(lesson.mine)) {
        auto aside = lesson.mine;
        for (int i = 1; fs::exists(aside += fmt::format(".{}", i)); ++i) {
            aside = lesson.mine;
        }
        fs::rename(lesson.mine, aside, failed);
        kept_as = fs::relative(aside, course.checkout).string();
    }
    if (!failed) {
        fs::copy_file(lesson.starter, lesson.mine, failed);
    }
    if (failed) {
        return fail(ErrorKind::io, fmt::format("{}: {}", mine, failed.message()));
    }
    if (globals.json) {
        auto document = lesson_json(course, lesson);
        document["kept_as"] = kept_as;
        fmt::print("{}\n", json::serialize(document));
        return ExitCode::success;
    }
    if (!kept_as.empty()) {
        fmt::print("yours is kept as {}\n", kept_as);
    }
    fmt::print(
        "{}\nopen {}, do what its TODOs say, then: ./lab learn check {}\n"
        "what `lab` can do stands in src/exercises/exercise.hpp\n",
        lesson.comment, mine, lesson.name);
    return ExitCode::success;
}

// One more hint each time; how many were seen is kept beside the runs.
Result<ExitCode> hint(const LearnFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto course, open_course());
    APILAB_TRY(const auto lesson, pick_lesson(course.lessons, flags.lesson));
    APILAB_TRY(const auto hints, read_hints(lesson));
    const auto file = records_folder(course.checkout) / (lesson.name + ".hints");
    std::size_t seen = 0;
    std::ifstream(file) >> seen;
    seen = flags.all_hints ? hints.size() : std::min(seen + 1, hints.size());
    std::error_code ignored;  // then the same hint is shown again
    fs::create_directories(file.parent_path(), ignored);
    (void)write_file_atomically(file, std::to_string(seen));
    if (globals.json) {
        const json::object document{
            {"version", 1},
            {"name", lesson.name},
            {"hints",
             json::array(hints.begin(), hints.begin() + static_cast<std::ptrdiff_t>(seen))},
            {"more", hints.size() - seen}};
        fmt::print("{}\n", json::serialize(document));
        return ExitCode::success;
    }
    for (std::size_t i = 0; i < seen; ++i) {
        fmt::print("{}. {}\n\n", i + 1, hints[i]);
    }
    fmt::print("{}\n", seen < hints.size()
                           ? "again for the next one"
                           : "that was the last one; the program itself is " +
                                 fs::relative(lesson.program, course.checkout).string());
    return ExitCode::success;
}

// The exit code of a program, or 128 and the signal that ended it; nothing where it ran longer than
// `patience` and was ended.
Result<std::optional<int>> run_and_wait(
    const std::vector<std::string>& words,
    const std::vector<std::pair<std::string, std::string>>& variables, Duration patience) {
    APILAB_TRY(const int pid, start_child(words, variables));
    if (!ends_within(pid, patience)) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return std::nullopt;
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : killed_by + WTERMSIG(status);
}

Result<ExitCode> check(const LearnFlags& flags) {
    APILAB_TRY(const auto course, open_course());
    APILAB_TRY(const auto run_time_max, parse_duration(flags.run_time_max));
    const Lesson* next = next_lesson(course);
    const std::string wanted = flags.lesson.empty() && next != nullptr ? next->name : flags.lesson;
    if (wanted.empty()) {
        fmt::print("every program is done\n");
        return ExitCode::success;
    }
    APILAB_TRY(const auto lesson, pick_lesson(course.lessons, wanted));
    if (!fs::exists(lesson.mine)) {
        return fail(Error(ErrorKind::invalid_argument,
                          fs::relative(lesson.mine, course.checkout).string() + " is not there")
                        .with_remedy(what_to_type(course, lesson)));
    }
    // The build that this program came from: build/<preset>/bin/apilab.
    const auto build = fs::read_symlink("/proc/self/exe").parent_path().parent_path();
    fmt::print(stderr, "building {} (the first time a minute or two)\n",
               fs::relative(lesson.mine, course.checkout).string());
    APILAB_TRY(const auto built, run_and_wait({"cmake", "--build", build.string(), "--target",
                                               "my_" + lesson.name, "--", "--quiet"},
                                              {}, build_time_max));
    if (built != 0) {
        return fail(Error(ErrorKind::invalid_argument, "it does not compile yet (above: why)")
                        .with_remedy("the first error is the one to mend"));
    }
    const auto runs = records_folder(course.checkout) / (lesson.name + ".run.json");
    std::error_code ignored;
    fs::create_directories(runs.parent_path(), ignored);
    // On two seeds; with arguments of the learner's it is a try, and nothing is kept of it.
    const bool is_try = !flags.arguments.empty();
    std::vector<std::string> words{(build / "bin" / ("my_" + lesson.name)).string()};
    words.insert(words.end(), flags.arguments.begin(), flags.arguments.end());
    if (!is_try) {
        words.insert(words.end(), {"--runs", "2"});
    }
    APILAB_TRY(const auto code,
               run_and_wait(words, {{"APILAB_RUNS", is_try ? "" : runs.string()}}, run_time_max));
    if (!code) {
        return fail(
            Error(ErrorKind::timeout, fmt::format("{} ran for {} and was ended", lesson.name,
                                                  format_duration(run_time_max)))
                .with_remedy("time is virtual here: look for a loop that never ends"));
    }
    if (*code > killed_by || *code == threw) {
        return fail(
            Error(ErrorKind::invalid_argument,
                  *code == threw
                      ? fmt::format("{} threw an exception (above: which)", lesson.name)
                      : fmt::format("{} crashed: {}", lesson.name, ::strsignal(*code - killed_by)))
                .with_remedy("a debugger shows where: gdb build/" + build.filename().string() +
                             "/bin/my_" + lesson.name));
    }
    if (is_try) {
        return static_cast<ExitCode>(*code);
    }
    if (const auto run = read_file(runs, std::size_t{1} << 20U)) {
        APILAB_CHECK(keep_run(course.checkout, lesson, *run));
        fs::remove(runs, ignored);
    }
    fmt::print("\n{} is {}; next: {}\n", lesson.name,
               to_string(read_record(course.checkout, lesson).state),
               code == 0 ? "./lab learn next" : "./lab learn hint " + lesson.name);
    return static_cast<ExitCode>(*code);
}

Result<ExitCode> next(const Globals& globals) {
    APILAB_TRY(const auto course, open_course());
    const Lesson* lesson = next_lesson(course);
    if (lesson == nullptr) {
        fmt::print("{}\n",
                   globals.json ? "{\"version\":1,\"lesson\":null}" : "every program is done");
        return ExitCode::success;
    }
    return show({.lesson = lesson->name}, globals);
}

}  // namespace

void add_learn(CLI::App& app, const Globals& globals, Action& action) {
    auto* learn = app.add_subcommand("learn", "The fourteen days: what is done, what comes next");
    learn->require_subcommand(1);
    auto flags = std::make_shared<LearnFlags>();
    const auto add = [&](const std::string& name, const std::string& text, bool wants_lesson,
                         std::function<Result<ExitCode>()> run) {
        auto* command = learn->add_subcommand(name, text);
        if (wants_lesson) {
            auto* option =
                command->add_option("DAY", flags->lesson, "2, day02 or a program's name");
            option->required(name != "check");
        }
        command->callback([&action, &globals, run = std::move(run)] {
            action = [&globals, run] {
                const auto code = run();
                return code ? *code : report(code.error(), globals);
            };
        });
        return command;
    };
    add("list", "Every program and where you are", false, [&globals] { return list(globals); });
    add("show", "One program: what it is about", true,
        [flags, &globals] { return show(*flags, globals); });
    add("start", "Copies a day's starter into my/", true,
        [flags, &globals] { return start(*flags, globals, false); });
    add("reset", "The starter anew; yours is kept beside", true,
        [flags, &globals] { return start(*flags, globals, true); });
    add("hint", "The next of three hints", true, [flags, &globals] {
        return hint(*flags, globals);
    })->add_flag("--all", flags->all_hints, "All three");
    auto* check_it = add("check", "Builds and judges your program (default: the next one)", true,
                         [flags] { return check(*flags); });
    check_it->add_option("--limit", flags->run_time_max, "How long it may run (default 20s)");
    check_it->add_option("arguments", flags->arguments,
                         "For your program, after --: a try that is not kept (-- --show-attempts)");
    add("next", "What to do next", false, [&globals] { return next(globals); });
}

}  // namespace apilab::cli
