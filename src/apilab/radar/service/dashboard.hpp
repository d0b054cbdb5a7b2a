#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/radar/service/parts.hpp"
#include "apilab/runtime/live.hpp"

namespace apilab::data {
class DriftCounters;
}

namespace apilab::radar {

struct DashboardOptions {
    /// Pages that follow what happens, all visitors together; one more is told 503. 1 to 1,000.
    std::size_t listeners_max = 32;
    /// A page that follows is told so often that nothing happened. One that went away is noticed
    /// then. 1 s to 1 min.
    Duration heartbeat = std::chrono::seconds(5);
    /// How long a session lasts, as `GuardOptions::session_life`.
    Duration session_life = std::chrono::hours(12);
    /// What the providers' answers had that their models do not. Outlives the dashboard. Null:
    /// nobody counts, and the page says so.
    const data::DriftCounters* drift = nullptr;
};

/// The pages on which people see what a radar does, and the little they may do about it. Plain
/// files without a build chain, JSON below `/api/`, and server-sent events. Who is let in: `Guard`.
/// docs/explain/dashboard.md.
///
/// | request | answer |
/// | --- | --- |
/// | `GET /`, `/app.css`, `/*.js` | the page; it holds no data |
/// | `GET`/`POST /api/session`, `POST /api/session/end` | who I am; shows the token; goes |
/// | `GET /api/now` | is everything fine, and if not, where |
/// | `GET /api/decisions?show=&watch=&offset=&limit=` | what to upgrade, the highest score first |
/// | `GET /api/calls?before=&limit=`, `/api/calls/{n}`, `/api/calls/{n}/har` | calls to others |
/// | `GET /api/limits`, `/api/breakers`, `/api/tokens`, `/api/drift` | what will stop me next |
/// | `GET /api/events`, `/api/jobs`, `/api/jobs/{id}`, `/api/quarantine`, `/api/outbox`,
/// `/api/dead` | the inbox, and what became of it | | `GET /api/audit` | who did what here | | `GET
/// /api/stream` | `call`, `action` and `beat` as they come (`Last-Event-ID`) | | `POST
/// /api/actions/redeliver`, `resolve`, `snooze`, `check`, `queue`, `quarantine` | does it, and
/// writes it into the audit log in the same transaction |
///
/// Every list is bounded, every text passes `Scrubber::of_process()`, and no answer is kept by
/// anybody (`no-store`). Belongs to the scheduler's thread; parts and `chance` (a `SystemRng` in
/// programs) outlive it, and it outlives its calls. It is `Parts::calls`' only listener.
class Dashboard final : public runtime::LiveService {
public:
    Dashboard(const Parts& parts, Rng& chance, DashboardOptions options = {});
    ~Dashboard() override;

    /// Is a request of that path for the dashboard? For who has other services beside it.
    [[nodiscard]] static bool serves(std::string_view path);

    /// `GET /api/stream` is refused here (501): whole answers only.
    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;
    [[nodiscard]] runtime::Task<Result<http::Response>> call_live(
        http::Request request, runtime::CallContext context,
        std::shared_ptr<runtime::LiveAnswer> live) override;

    /// Lets go who follows. Before the server stops.
    void stop();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::radar
