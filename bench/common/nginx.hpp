#pragma once

#include <memory>
#include <string>

#include "common/process.hpp"

namespace apilab::bench {

/// Debian's nginx as one process (no master, no daemon), serving two static files: `/1k` of 1,024
/// bytes and `/small` of 2, in plain text and over TLS with a certificate of its own. No access
/// log, no limit on requests per connection.
class Nginx {
public:
    /// Null where nginx is not installed.
    [[nodiscard]] static std::unique_ptr<Nginx> start(int core);

    [[nodiscard]] std::string url(const std::string& path) const;
    [[nodiscard]] std::string tls_url(const std::string& path) const;
    /// The PEM file that a client has to trust for `tls_url`.
    [[nodiscard]] std::string certificate() const;
    [[nodiscard]] const Process& process() const { return *process_; }

private:
    Nginx(const std::string& program, int core);
    ScratchDir dir_;
    std::uint16_t plain_;
    std::uint16_t tls_;
    std::unique_ptr<Process> process_;
};

}  // namespace apilab::bench
