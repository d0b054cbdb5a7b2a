#include "page_kills.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <random>
#include <set>
#include <sstream>
#include <vector>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

std::uint64_t length_of(const std::filesystem::path& file) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(file, missing);
    return missing ? 0 : size;
}

}  // namespace

KilledWalk kill_and_resume(std::size_t kills, std::uint64_t seed) {
    using std::chrono::milliseconds;
    const TempDir dir;
    const auto scenario = dir.write("long.toml", "name = \"long\"\nitems = 1500\n");
    const RunningSandbox sandbox({"--scenario", scenario});
    const auto output = dir.path() / "items.ndjson";
    const Words words = {apilab_path(),
                         "pages",
                         sandbox.variables().at("APILAB_API_URL") + "/items/cursor?limit=5",
                         "--kind",
                         "cursor",
                         "--checkpoint",
                         (dir.path() / "walk.json").string(),
                         "--output",
                         output.string(),
                         "--quiet"};
    std::mt19937_64 random(seed);
    KilledWalk walk;
    while (walk.kills < kills) {
        // So far, and then a moment more: anywhere between two pages, in a write or before it.
        const auto room = std::uniform_int_distribution<std::uint64_t>(0, 450'000 / kills)(random);
        const auto target = length_of(output) + room;
        const auto moment = std::uniform_int_distribution<int>(0, 3)(random);
        Program program(words, {});
        bool over = false;
        while (!over && length_of(output) < target) {
            over = program.ended(milliseconds(1));
        }
        if (over || program.ended(milliseconds(moment))) {
            break;
        }
        program.signal(SIGKILL);
        (void)program.wait();
        ++walk.kills;
    }
    const auto last = Program(words, {}).wait();
    walk.code = last.code;
    walk.err = last.err;
    std::istringstream lines(read_text(output));
    std::vector<std::string> ids;
    for (std::string line; std::getline(lines, line);) {
        ids.push_back(line.substr(0, line.find(',')));
    }
    walk.lines = ids.size();
    walk.different = std::set(ids.begin(), ids.end()).size();
    walk.in_order = std::is_sorted(ids.rbegin(), ids.rend());  // newest first
    return walk;
}

}  // namespace apilab::cli_test
