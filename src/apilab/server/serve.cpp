#include "apilab/server/serve.hpp"

#include <csignal>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/signals.hpp"

namespace apilab::server {
namespace {

struct Told {
    runtime::Event once;
    runtime::Event twice;
};

runtime::Task<void> until_told(runtime::RealScheduler& scheduler, Server& server, Told& told,
                               const EndOptions& end) {
    (void)co_await scheduler.wait(&told.once, SteadyTime::max());
    if (end.on_told) {
        end.on_told();
    }
    (void)co_await scheduler.wait(&told.twice, scheduler.now() + end.linger);
    co_await server.stop(told.twice.is_set() ? Duration::zero() : end.finish);
}

Result<void> within(Duration value, Duration most, const char* what) {
    if (value < Duration::zero() || value > most) {
        return fail(Error(ErrorKind::invalid_argument, what).with_detail("end"));
    }
    return {};
}

}  // namespace

Result<void> EndOptions::validate() const {
    APILAB_CHECK(within(linger, std::chrono::minutes(1), "linger is from 0 to 1 min"));
    return within(finish, std::chrono::hours(1), "finish is from 0 to 1 h");
}

Result<void> serve_until_told(runtime::RealScheduler& scheduler, runtime::Service& service,
                              ServerOptions options, EndOptions end) {
    APILAB_CHECK(end.validate());
    Server server(scheduler, service, std::move(options));
    Told told;
    const runtime::Signals signals(scheduler, {SIGTERM, SIGINT}, [&](int) {
        (told.once.is_set() ? told.twice : told.once).set();
    });
    APILAB_CHECK(server.listen());
    if (end.on_listening) {
        end.on_listening(server.port());
    }
    runtime::run(scheduler, until_told(scheduler, server, told, end));
    return {};
}

}  // namespace apilab::server
