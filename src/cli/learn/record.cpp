#include "learn/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"

namespace apilab::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t run_max = std::size_t{1} << 20U;

std::string text_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

fs::path kept(const fs::path& checkout, const Lesson& lesson, std::string_view extension) {
    return records_folder(checkout) / (lesson.name + std::string(extension));
}

std::string last_line(const fs::path& file) {
    std::ifstream in(file);
    std::string last;
    for (std::string line; std::getline(in, line);) {
        last = line.empty() ? last : line;
    }
    return last;
}

// The scenario that a run names, as it stands in the checkout now.
std::string scenario_text(const fs::path& checkout, const http::Json& run) {
    const auto name = run.at_pointer("/runs/0/scenario").string();
    return name ? text_of(checkout / "scenarios" / fmt::format("{}.toml", *name)) : "";
}

void read_run(const http::Json& run, LessonRecord& record) {
    record.verdict = "pass";
    for (const auto one : run["runs"].elements()) {
        const auto status = one["status"].string_or("unknown");
        if (status == "fail" || record.verdict == "pass") {
            record.verdict = status;
        }
        for (const auto check : one["checks"].elements()) {
            if (check["status"].string_or("") == "fail" &&
                check["decides"].boolean().value_or(false)) {
                auto line = fmt::format("{}: {}", check["id"].string_or(""),
                                        check["message"].string_or(""));
                // Every seed says it again.
                if (std::ranges::find(record.failed, line) == record.failed.end()) {
                    record.failed.push_back(std::move(line));
                }
            }
        }
    }
}

}  // namespace

std::string_view to_string(LessonState state) {
    switch (state) {
        case LessonState::to_read:
            return "to read";
        case LessonState::not_started:
            return "not started";
        case LessonState::started:
            return "started";
        case LessonState::failing:
            return "failing";
        case LessonState::done:
            return "done";
        case LessonState::stale:
            return "stale";
    }
    return "";
}

fs::path records_folder(const fs::path& checkout) {
    return checkout / ".apilab" / "learn";
}

LessonRecord read_record(const fs::path& checkout, const Lesson& lesson) {
    LessonRecord record;
    if (!lesson.has_starter()) {
        record.state = LessonState::to_read;
        return record;
    }
    if (!fs::exists(lesson.mine)) {
        return record;
    }
    record.state = LessonState::started;
    const auto run = http::JsonDocument::parse(last_line(kept(checkout, lesson, ".ndjson")));
    if (!run) {
        return record;
    }
    read_run(run->root(), record);
    const bool same =
        text_of(lesson.mine) == text_of(kept(checkout, lesson, ".cpp")) &&
        scenario_text(checkout, run->root()) == text_of(kept(checkout, lesson, ".toml"));
    record.state = !same                      ? LessonState::stale
                   : record.verdict == "pass" ? LessonState::done
                                              : LessonState::failing;
    return record;
}

Result<void> keep_run(const fs::path& checkout, const Lesson& lesson, std::string_view run_json) {
    if (run_json.size() > run_max) {
        return fail(ErrorKind::too_large, "a run of more than 1 MiB is not kept");
    }
    APILAB_TRY(const auto run, http::JsonDocument::parse(run_json));
    std::error_code failed;
    fs::create_directories(records_folder(checkout), failed);
    std::ofstream out(kept(checkout, lesson, ".ndjson"), std::ios::app);
    out << run_json << (run_json.ends_with('\n') ? "" : "\n");
    if (!out.flush()) {
        return fail(ErrorKind::io,
                    fmt::format("cannot write to {}", records_folder(checkout).string()));
    }
    APILAB_CHECK(write_file_atomically(kept(checkout, lesson, ".cpp"), text_of(lesson.mine)));
    return write_file_atomically(kept(checkout, lesson, ".toml"),
                                 scenario_text(checkout, run.root()));
}

}  // namespace apilab::cli
