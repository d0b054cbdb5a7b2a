#include "apilab/transport/internal/resolver.hpp"

#include <fmt/format.h>

#include <utility>

#include "apilab/transport/internal/attempt.hpp"
#include "apilab/transport/internal/lookup.hpp"

namespace apilab::transport::internal {

namespace asio = boost::asio;
using Addresses = std::vector<asio::ip::address>;
using runtime::Scheduler;
using runtime::Task;

namespace {

std::unexpected<Error> cannot_resolve(const std::string& host, int status) {
    if (status == ARES_ENOTFOUND || status == ARES_ENODATA) {
        return fail(Error(ErrorKind::resolve, fmt::format("no such host: {}", host))
                        .with_detail("no_such_host"));
    }
    return fail(
        Error(ErrorKind::resolve, fmt::format("cannot resolve {}: {}", host, ares_strerror(status)))
            .with_detail("name_server"));
}

Result<Addresses> from_option(const std::string& host, const std::vector<std::string>& texts) {
    Addresses addresses;
    for (const auto& text : texts) {
        boost::system::error_code error;
        addresses.push_back(asio::ip::make_address(text, error));
        if (error) {
            return fail(Error(ErrorKind::invalid_argument,
                              fmt::format("the address given for host {} is none: {}", host, text))
                            .with_detail("hosts"));
        }
    }
    if (addresses.empty()) {
        return cannot_resolve(host, ARES_ENOTFOUND);
    }
    return addresses;
}

// Ends the lookup however the frame that asked for it ends.
class StopAtEnd {
public:
    explicit StopAtEnd(Lookup& lookup) : lookup_(lookup) {}
    StopAtEnd(const StopAtEnd&) = delete;
    StopAtEnd& operator=(const StopAtEnd&) = delete;
    ~StopAtEnd() { lookup_.stop(); }

private:
    Lookup& lookup_;
};

}  // namespace

Resolver::Resolver(runtime::RealScheduler& scheduler, ResolverOptions options)
    : scheduler_(scheduler), options_(std::move(options)) {}

Task<Result<Addresses>> Resolver::resolve(std::string host, Limit limit) {
    boost::system::error_code no_address;
    if (const auto address = asio::ip::make_address(host, no_address); !no_address) {
        co_return Addresses{address};
    }
    if (const auto given = options_.hosts.find(host); given != options_.hosts.end()) {
        co_return from_option(host, given->second);
    }
    const auto lookup = std::make_shared<Lookup>(scheduler_);
    const StopAtEnd stop(*lookup);
    if (auto started = lookup->start(host, options_.servers); !started) {
        co_return fail(std::move(started).error());
    }
    const auto woken = co_await scheduler_.wait(&lookup->answered(), limit.time);
    if (woken == Scheduler::Woken::time) {
        co_return fail(limit.error(Outcome::not_sent));
    }
    // Both may have come at once; the connecting that follows would not hear of it again.
    if (woken == Scheduler::Woken::cancelled || co_await runtime::cancelled()) {
        co_return fail(cancelled_attempt(Outcome::not_sent));
    }
    Addresses addresses = lookup->take();
    if (lookup->status() != ARES_SUCCESS || addresses.empty()) {
        co_return cannot_resolve(host, lookup->status());
    }
    co_return addresses;
}

}  // namespace apilab::transport::internal
