// Small static answers under wrk: nginx, our server, and the sandbox with its journal, each as a
// process on one core, wrk on another.
//
//     bench_server [rounds, default 5] [seconds of wrk, default 3]
//
// A round is one wrk run against each. Two numbers: requests per second, and the server's own CPU
// time per request, which other load on the machine disturbs less.

#include <unistd.h>

#include <cstdio>
#include <exception>
#include <stdexcept>

#include "common/nginx.hpp"
#include "common/process.hpp"
#include "common/samples.hpp"
#include "common/wrk.hpp"

namespace {

using namespace apilab::bench;

struct Subject {
    const char* name;
    const Process* process;
    std::string url;
    Samples rate;
    Samples cpu_us;
    double requests = 0;
};

void measure_once(Subject& subject, int seconds) {
    const double before = subject.process->cpu_s();
    const auto run = run_wrk(subject.url, seconds, 0);
    subject.rate.add(run.requests / run.seconds);
    subject.cpu_us.add((subject.process->cpu_s() - before) / run.requests * 1e6);
    subject.requests += run.requests;
}

void print(const Subject& subject, const Subject& against) {
    std::printf("  %-34s %-28s %6.2f   %-24s %6.2f\n", subject.name,
                subject.rate.to_string(0).c_str(), median_ratio(subject.rate, against.rate),
                subject.cpu_us.to_string(1).c_str(), median_ratio(subject.cpu_us, against.cpu_us));
}

void measure(int rounds, int seconds) {
    const int core = ::sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 1 : 0;
    const auto nginx = Nginx::start(core);
    if (!nginx) {
        throw std::runtime_error("nginx is not installed (Debian package nginx-light)");
    }
    const auto own_port = free_port();
    const auto box_port = free_port();
    const ScratchDir dir;
    const ProcessOptions pinned{.core = core, .variables = {}};
    const Process own({sibling("static_server"), std::to_string(own_port)}, pinned);
    const Process box(
        {sibling("apilab"), "-q", "sandbox", "serve", "--port", std::to_string(box_port),
         "--admin-port", "0", "--ready-file", (dir.path() / "ready.json").string()},
        pinned);
    until_accepting(own_port);
    until_accepting(box_port);
    const auto at = [](std::uint16_t port, const char* path) {
        return "http://127.0.0.1:" + std::to_string(port) + path;
    };
    Subject files{"nginx, file of 1,024 bytes", &nginx->process(), nginx->url("/1k"), {}, {}};
    Subject ours{"our server, 1,024 bytes", &own, at(own_port, "/"), {}, {}};
    Subject small{"nginx, file of 2 bytes", &nginx->process(), nginx->url("/small"), {}, {}};
    Subject sandbox{"sandbox, npm ping (journal on)", &box, at(box_port, "/npm/-/ping"), {}, {}};
    for (int round = 0; round < rounds; ++round) {
        for (auto* subject : {&files, &ours, &small, &sandbox}) {
            measure_once(*subject, seconds);
        }
    }
    std::printf(
        "wrk -t1 -c64 -d%ds, median (min to max) of %d rounds, ratio to nginx in one round\n",
        seconds, rounds);
    std::printf("  %-34s %-28s %6s   %-24s %6s\n", "server", "requests/s", "ratio",
                "server CPU us a request", "ratio");
    print(files, files);
    print(ours, files);
    print(small, small);
    print(sandbox, small);
    std::printf("  sandbox: %.0f requests, resident %.1f MiB\n", sandbox.requests,
                box.resident_mib());
    const double slower = 1 / median_ratio(sandbox.rate, small.rate);
    print_bar("nginx's rate / the sandbox's", slower, 2, "");
    if (sandbox.requests >= 1e6) {
        print_bar("resident after a million requests", box.resident_mib(), 64, "MiB");
    }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        measure(argument(argc, argv, 1, 5), argument(argc, argv, 2, 3));
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_server: %s\n", error.what());
        return 1;
    }
}
