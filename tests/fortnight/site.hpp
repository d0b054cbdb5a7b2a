#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "apilab/base/rng.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "weather.hpp"

namespace apilab::fortnight {

/// What a delivery is about, as its sender names it: `github:<uuid>`, `slack:Ev...`,
/// `stripe:evt_...`; empty where it says nothing. Read from the request, apart from the code under
/// test.
[[nodiscard]] std::string name_of(const http::Request& request);

/// What stands between the senders and the service: the weather, and besides it now and then an
/// answer 500, one that comes too late or gets lost.
class Site final : public runtime::Service {
public:
    Site(runtime::Scheduler& scheduler, std::uint64_t seed) : scheduler_(scheduler), rng_(seed) {}

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

    /// Null: nobody is there. Outlives what it was asked: `asked()` is 0 first.
    void serve(runtime::Service* service) { service_ = service; }
    [[nodiscard]] std::size_t asked() const { return asked_; }
    void weather(Trouble trouble) { trouble_ = trouble; }
    /// No more accidents besides the weather.
    void calm() { calm_ = true; }

    /// Events that the service said 2xx of, whether that was heard or not.
    [[nodiscard]] const std::set<std::string, std::less<>>& taken() const { return taken_; }
    /// The last delivery of each sender that was taken in, as whoever listens could have it.
    [[nodiscard]] const std::map<std::string, http::Request, std::less<>>& caught() const {
        return caught_;
    }
    /// Answers 2xx that their senders never saw.
    [[nodiscard]] std::size_t unheard() const { return unheard_; }

private:
    [[nodiscard]] Trouble accident();
    [[nodiscard]] runtime::Task<Result<http::Response>> ask(http::Request request);

    runtime::Scheduler& scheduler_;
    SeededRng rng_;
    runtime::Service* service_ = nullptr;
    Trouble trouble_ = Trouble::none;
    bool calm_ = false;
    std::size_t asked_ = 0;
    std::size_t unheard_ = 0;
    std::set<std::string, std::less<>> taken_;
    std::map<std::string, http::Request, std::less<>> caught_;
};

}  // namespace apilab::fortnight
