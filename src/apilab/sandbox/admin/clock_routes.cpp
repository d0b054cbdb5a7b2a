#include <fmt/format.h>

#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/sandbox/admin/internal/read.hpp"
#include "apilab/sandbox/internal/admin_json.hpp"
#include "apilab/sandbox/internal/fields.hpp"

namespace apilab::sandbox::admin {

using http::Response;
using runtime::RealScheduler;
using runtime::Task;

namespace {

// Ten years: certificates and tokens are long over by then.
constexpr Duration step_max = std::chrono::hours(24 * 3653);

RealScheduler* real(const Context& context) {
    return dynamic_cast<RealScheduler*>(&context.sandbox.scheduler());
}

Response show(const Context& context) {
    const auto* clock = real(context);
    const auto milliseconds = [](Duration time) { return time / std::chrono::milliseconds(1); };
    return Response::json(
        200, fmt::format("{{\"now\":\"{}\",\"state\":\"{}\",\"speed\":{},\"moved_ms\":{},"
                         "\"run_ms\":{}}}",
                         http::format_iso_time(context.sandbox.scheduler().system_now()),
                         clock != nullptr && clock->stands() ? "frozen" : "running",
                         clock == nullptr ? 1 : clock->speed(),
                         clock == nullptr ? 0 : milliseconds(clock->moved()),
                         milliseconds(context.now() - context.sandbox.run().started)));
}

Response fixed() {
    return internal::problem(409, "a clock of its own",
                             "this sandbox runs under a clock that its program moves");
}

Result<Duration> read_step(const Call& call) {
    std::optional<http::JsonDocument> keep;
    APILAB_TRY(const auto root, read_body(call.request->body(), keep));
    APILAB_CHECK(internal::only_keys(root, "", {"by"}));
    APILAB_TRY(const auto step, internal::read_duration(root["by"], "/by"));
    if (step > step_max) {
        return internal::bad_field("/by", "expected at most ten years");
    }
    return step;
}

Task<Response> advance(Context& context, Call call) {
    auto* clock = real(context);
    const auto step = read_step(call);
    if (!step) {
        co_return refuse(step.error());
    }
    if (clock == nullptr) {
        co_return fixed();
    }
    co_await clock->advance(*step);
    co_return show(context);
}

Response set(Context& context, bool stands) {
    auto* clock = real(context);
    if (clock == nullptr) {
        return fixed();
    }
    stands ? clock->freeze() : clock->resume();
    return show(context);
}

}  // namespace

void add_clock_routes(Routes& routes, Context& context) {
    routes.push_back({.path = "/clock",
                      .operation = "clock",
                      .summary = "The sandbox's date and whether it goes on",
                      .gives = "Clock",
                      .answer = [&context](const Call& /*call*/) { return show(context); }});
    routes.push_back({.method = "POST",
                      .path = "/clock/advance",
                      .operation = "advance_clock",
                      .summary = "Puts the clock forward; what is due meanwhile happens in order",
                      .takes = "Step",
                      .gives = "Clock",
                      .wait = [&context](Call call) { return advance(context, std::move(call)); }});
    routes.push_back({.method = "POST",
                      .path = "/clock/freeze",
                      .operation = "freeze_clock",
                      .summary = "The clock stands until it is advanced or goes on",
                      .gives = "Clock",
                      .answer = [&context](const Call& /*call*/) { return set(context, true); }});
    routes.push_back({.method = "POST",
                      .path = "/clock/resume",
                      .operation = "resume_clock",
                      .summary = "The clock goes on from where it stands",
                      .gives = "Clock",
                      .answer = [&context](const Call& /*call*/) { return set(context, false); }});
}

}  // namespace apilab::sandbox::admin
