// `apilab radar check` of 1,000 invented packages against the sandbox, both as processes of their
// own: without faults, and with every answer 50 ms late.
//
//     bench_radar [rounds, default 5] [packages, default 1000]
//
// A round is one run of each kind. Every run must have asked all three sources with success.

#include <cstdio>
#include <exception>
#include <stdexcept>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/synthetic.hpp"
#include "common/process.hpp"
#include "common/samples.hpp"
#include "common/sandbox_process.hpp"

namespace {

using namespace apilab;
using namespace apilab::bench;

constexpr auto late = R"(name = "late"
[[fault]]
where = "*:*"
what = { delay = "50ms" }
)";

struct Column {
    Samples wall;
    Samples cpu;
    Samples resident;
    std::uint64_t operations = 0;
};

// A run that skipped half of its questions would be fast, and worth nothing.
void must_be_whole(const http::JsonDocument& report, int packages) {
    const auto counted = report.root()["packages"].unsigned_integer();
    if (!counted || *counted != static_cast<std::uint64_t>(packages)) {
        throw std::runtime_error("the report is not about all packages");
    }
    for (const auto& source : report.root()["sources"].elements()) {
        if (source["status"].string_or("") != "ok") {
            throw std::runtime_error(std::string(source["name"].string_or("?")) + ": " +
                                     std::string(source["error"].string_or("failed")));
        }
    }
}

void check(const SandboxProcess& box, const std::string& lockfile, int packages, Column& column) {
    const auto usage = run_program({sibling("apilab"), "-q", "--json", "radar", "check", lockfile},
                                   {.variables = box.variables()});
    const auto report = http::JsonDocument::parse(usage.out);
    if (!report) {
        throw std::runtime_error(report.error().to_string());
    }
    must_be_whole(*report, packages);
    column.wall.add(usage.wall_s);
    column.cpu.add(usage.cpu_s);
    column.resident.add(usage.resident_mib);
    column.operations = report->root()["calls"]["operations"].unsigned_integer().value_or(0);
}

void print(const char* name, const Column& column) {
    std::printf("  %-16s %-24s %-24s %-24s %llu\n", name, column.wall.to_string(2).c_str(),
                column.cpu.to_string(2).c_str(), column.resident.to_string(1).c_str(),
                static_cast<unsigned long long>(column.operations));
}

void measure(int rounds, int packages) {
    const ScratchDir dir;
    const auto lockfile =
        dir.write("package-lock.json",
                  sandbox::synthetic_lockfile(static_cast<std::size_t>(packages), sandbox_seed));
    const SandboxProcess prompt(dir, "none", packages);
    const SandboxProcess slow(dir, dir.write("late.toml", late), packages);
    Column calm;
    Column delayed;
    for (int round = 0; round < rounds; ++round) {
        check(prompt, lockfile, packages, calm);
        check(slow, lockfile, packages, delayed);
    }
    std::printf("radar check of %d packages, median (min to max) of %d rounds\n", packages, rounds);
    std::printf("  %-16s %-24s %-24s %-24s %s\n", "sandbox", "wall s", "client CPU s",
                "client resident MiB", "calls");
    print("no faults", calm);
    print("50 ms a reply", delayed);
    std::printf("  sandbox resident: %.1f MiB\n", prompt.resident_mib());
    if (packages == 1000) {
        print_bar("wall without faults", calm.wall.median(), 2, "s");
        print_bar("wall with 50 ms a reply", delayed.wall.median(), 6, "s");
        print_bar("resident", calm.resident.max(), 100, "MiB");
    }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        measure(argument(argc, argv, 1, 5), argument(argc, argv, 2, 1000));
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_radar: %s\n", error.what());
        return 1;
    }
}
