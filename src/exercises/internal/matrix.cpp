#include "internal/matrix.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <vector>

#include "apilab/base/duration.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/base/try.hpp"
#include "internal/report.hpp"
#include "internal/stage.hpp"

namespace exercise::internal {
namespace {

namespace json = boost::json;
namespace sandbox = apilab::sandbox;

// One way to run a program.
struct Way {
    std::string name;
    Flags flags;
};

std::vector<Way> ways_of(const Program& program, const Flags& flags) {
    std::vector<Way> ways{{"production", flags}};
    const auto add = [&](std::string name) -> Flags& {
        return ways.emplace_back(Way{std::move(name), flags}).flags;
    };
    if (program.library != nullptr) {
        add("library").variant = Variant::library;
    }
    if (program.naive != nullptr) {
        add("naive").variant = Variant::naive;
    }
    add("calm").chaos = "none";
    for (const Sin& sin : program.sins) {
        add("--break=" + sin.name).sin = sin.name;
    }
    return ways;
}

bool decided(const sandbox::CheckResult& check) {
    return check.decides && check.finding.verdict != sandbox::Verdict::unknown;
}

json::object row_of(const Program& program, const Way& way, const Outcome& outcome) {
    json::array cells_json;
    for (const auto& [name, value] : cells(program, outcome)) {
        cells_json.push_back(json::array{name, value});
    }
    json::array checks;
    for (const auto& check :
         outcome.report ? outcome.report->checks : std::vector<sandbox::CheckResult>()) {
        if (decided(check)) {
            checks.push_back({{"id", check.card.id},
                              {"kind", sandbox::to_string(check.card.kind)},
                              {"title", check.card.title},
                              {"status", sandbox::to_string(check.finding.verdict)},
                              {"message", check.finding.sentence}});
        }
    }
    return {{"way", way.name},
            {"seed", outcome.seed},
            {"status", outcome.verdict()},
            {"cells", std::move(cells_json)},
            {"took", apilab::format_duration(outcome.elapsed)},
            {"checks", std::move(checks)}};
}

std::string line_of(const Way& way, const Outcome& outcome) {
    std::string line =
        fmt::format("seed {:<3} {:<24} {:<8}", outcome.seed, way.name, outcome.verdict());
    for (const auto& check :
         outcome.report ? outcome.report->checks : std::vector<sandbox::CheckResult>()) {
        line += decided(check) && check.finding.verdict == sandbox::Verdict::fail
                    ? fmt::format(" {}", check.card.id)
                    : "";
    }
    return line + "\n";
}

json::object program_json(const Program& program) {
    json::array sins;
    for (const Sin& sin : program.sins) {
        sins.push_back({{"name", sin.name}, {"effect", sin.effect}, {"check", sin.check}});
    }
    return {{"version", 1},
            {"exercise", program.name},
            {"story", program.story},
            {"scenario", program.scenario},
            {"deadline", apilab::format_duration(program.deadline)},
            {"real_time", program.real_time},
            {"next", program.next},
            {"sins", std::move(sins)}};
}

}  // namespace

Result<void> play_matrix(const Program& program, const Flags& flags) {
    json::array rows;
    for (int i = 0; i < flags.runs; ++i) {
        for (const Way& way : ways_of(program, flags)) {
            APILAB_TRY(const auto outcome, perform(program, way.flags, way.flags.variant,
                                                   flags.seed + static_cast<std::uint64_t>(i)));
            fmt::print("{}", line_of(way, outcome));
            rows.push_back(row_of(program, way, outcome));
        }
    }
    auto document = program_json(program);
    document["rows"] = std::move(rows);
    return apilab::write_file_atomically(
        flags.matrix_file,
        apilab::Scrubber::of_process().scrubbed(json::serialize(document)) + "\n");
}

}  // namespace exercise::internal
