#include "apilab/sandbox/host.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/sandbox/admin.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/internal/digest.hpp"
#include "apilab/sandbox/internal/own_port.hpp"
#include "apilab/sandbox/internal/tls_listeners.hpp"
#include "apilab/sandbox/webhook/delivery_hub.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/asio_transport.hpp"

namespace apilab::sandbox {

namespace {

constexpr std::size_t ready_file_max = 64 * 1024;
constexpr std::size_t token_bytes = 16;
constexpr std::string_view ca_file_name = "ca.pem";
constexpr std::string_view name_prefix = "APILAB_";

std::string upper(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool lower = c >= 'a' && c <= 'z';
        const bool keep = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        out += lower ? static_cast<char>(c - 'a' + 'A') : keep ? c : '_';
    }
    return out;
}

std::string origin_of(const std::string& address, std::uint16_t port,
                      std::string_view scheme = "http") {
    // What listens everywhere is reached here; an IPv6 address needs its brackets in a URL.
    if (address == "0.0.0.0") {
        return fmt::format("{}://127.0.0.1:{}", scheme, port);
    }
    if (address == "::") {
        return fmt::format("{}://[::1]:{}", scheme, port);
    }
    return address.contains(':') ? fmt::format("{}://[{}]:{}", scheme, address, port)
                                 : fmt::format("{}://{}:{}", scheme, address, port);
}

// Leaves alone what lies there and is right.
Result<void> write_keys(const std::filesystem::path& folder) {
    std::error_code wrong;
    if (std::filesystem::create_directories(folder, wrong)) {
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, wrong);
    }
    if (wrong) {
        return fail(ErrorKind::io,
                    fmt::format("cannot create {}: {}", folder.string(), wrong.message()));
    }
    constexpr std::size_t key_max = 16 * 1024;
    for (const auto& key : key_files()) {
        const auto path = folder / key.name;
        if (const auto there = read_file(path, key_max); !there || *there != key.pem) {
            APILAB_CHECK(write_file_atomically(path, key.pem));
        }
    }
    return {};
}

Secret make_token(const Secret& given) {
    return given.empty() ? Secret(internal::random_hex(token_bytes)) : given;
}

}  // namespace

struct SandboxHost::Impl {
    Impl(runtime::RealScheduler& scheduler, Sandbox& served, HostOptions given)
        : options(std::move(given)),
          sandbox(served),
          token(make_token(options.admin_token)),
          way(scheduler, {.system_roots = false}),
          admin(served, token, &way, {.host = options.address}),
          // One counter: a connection's number is unique over all ports.
          counter(std::make_shared<std::uint64_t>(0)),
          data_server(scheduler, served,
                      {.address = options.address,
                       .port = options.port,
                       .server_header = "",
                       .connection_counter = counter,
                       .watch = served.watch_listener("http")}),
          admin_server(scheduler, admin,
                       {.address = options.address,
                        .port = options.admin_port,
                        .connection_counter = counter}),
          tls(scheduler, served, options.address, counter) {
        if (options.foreign_port) {
            foreign_server.emplace(
                scheduler, served,
                server::ServerOptions{.address = options.address,
                                      .port = *options.foreign_port,
                                      .server_header = "",
                                      .connection_counter = counter,
                                      .watch = served.watch_listener("foreign")});
        }
        sandbox.hub().deliver_over(&way);
        for (const auto& [provider, port] : options.listen) {
            own.push_back(std::make_unique<Own>(
                scheduler, served, provider,
                server::ServerOptions{.address = options.address,
                                      .port = port,
                                      .server_header = "",
                                      .connection_counter = counter,
                                      .watch = served.watch_listener(provider)}));
        }
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() { sandbox.hub().deliver_over(nullptr); }

    /// A provider's own port.
    struct Own {
        Own(runtime::RealScheduler& scheduler, Sandbox& served, const std::string& name,
            server::ServerOptions how)
            : provider(name), service(served, name), server(scheduler, service, std::move(how)) {}
        std::string provider;
        internal::OwnPort service;
        server::Server server;
    };

    HostOptions options;
    Sandbox& sandbox;
    Secret token;
    /// To the program under test, where it is called.
    transport::AsioTransport way;
    Admin admin;
    std::shared_ptr<std::uint64_t> counter;
    server::Server data_server;
    server::Server admin_server;
    internal::TlsListeners tls;
    std::optional<server::Server> foreign_server;
    std::vector<std::unique_ptr<Own>> own;
    bool ready_written = false;
};

SandboxHost::SandboxHost(runtime::RealScheduler& scheduler, Sandbox& sandbox, HostOptions options)
    : impl_(std::make_unique<Impl>(scheduler, sandbox, std::move(options))) {}

SandboxHost::~SandboxHost() = default;

Result<void> SandboxHost::start() {
    if (auto listening = impl_->data_server.listen(); !listening) {
        return fail(std::move(listening).error().in("the sandbox's data port"));
    }
    impl_->sandbox.name_listener(port(), "http");
    impl_->sandbox.set_plain_origin(origin());
    if (auto listening = impl_->admin_server.listen(); !listening) {
        return fail(std::move(listening).error().in("the sandbox's admin port"));
    }
    if (auto& foreign = impl_->foreign_server) {
        if (auto listening = foreign->listen(); !listening) {
            return fail(std::move(listening).error().in("the sandbox's foreign port"));
        }
        impl_->sandbox.set_foreign_origin(origin_of(impl_->options.address, foreign->port()));
        impl_->sandbox.name_listener(foreign->port(), "foreign");
    }
    if (impl_->options.tls_port) {
        APILAB_CHECK(impl_->tls.start(*impl_->options.tls_port));
    }
    for (const auto& own : impl_->own) {
        if (impl_->sandbox.find_provider(own->provider) == nullptr) {
            return fail(ErrorKind::invalid_argument,
                        fmt::format("no provider '{}' that could have a port", own->provider));
        }
        if (auto listening = own->server.listen(); !listening) {
            return fail(std::move(listening).error().in("the sandbox's port for " + own->provider));
        }
        impl_->sandbox.name_listener(own->server.port(), own->provider);
    }
    if (impl_->options.key_dir) {
        APILAB_CHECK(write_keys(*impl_->options.key_dir));
        if (const auto& ca = impl_->sandbox.ca_certificate(); !ca.empty()) {
            APILAB_CHECK(write_file_atomically(*impl_->options.key_dir / ca_file_name, ca));
        }
    }
    if (impl_->options.ready_file) {
        APILAB_CHECK(
            write_file_atomically(*impl_->options.ready_file, ready_json(environment()) + "\n"));
        impl_->ready_written = true;
    }
    return {};
}

runtime::Task<void> SandboxHost::stop(Duration grace) {
    if (impl_->ready_written) {
        std::error_code ignored;  // it may have been taken away already
        std::filesystem::remove(*impl_->options.ready_file, ignored);
        impl_->ready_written = false;
    }
    co_await impl_->admin.stop();
    co_await impl_->sandbox.hub().stop();
    co_await impl_->data_server.stop(grace);
    if (impl_->foreign_server) {
        co_await impl_->foreign_server->stop(grace);
    }
    co_await impl_->tls.stop(grace);
    for (const auto& own : impl_->own) {
        co_await own->server.stop(grace);
    }
    co_await impl_->admin_server.stop(grace);
}

std::uint16_t SandboxHost::port() const {
    return impl_->data_server.port();
}

std::uint16_t SandboxHost::admin_port() const {
    return impl_->admin_server.port();
}

std::uint16_t SandboxHost::tls_port() const {
    return impl_->tls.port();
}

std::string SandboxHost::origin() const {
    return origin_of(impl_->options.address, port());
}

Environment SandboxHost::environment() const {
    Environment environment;
    for (const auto& entry : impl_->sandbox.surface().entries) {
        if (entry.provider == "foreign") {
            continue;  // it has an origin, and no prefix
        }
        const auto own = std::ranges::find_if(
            impl_->own, [&](const auto& one) { return one->provider == entry.provider; });
        environment.emplace_back(fmt::format("{}{}_URL", name_prefix, upper(entry.provider)),
                                 own == impl_->own.end()
                                     ? fmt::format("{}/{}", origin(), entry.provider)
                                     : origin_of(impl_->options.address, (*own)->server.port()));
    }
    if (const auto& foreign = impl_->foreign_server) {
        environment.emplace_back("APILAB_FOREIGN_URL",
                                 origin_of(impl_->options.address, foreign->port()));
    }
    for (const auto& [name, port] : impl_->tls.ports()) {
        environment.emplace_back(fmt::format("{}{}", name_prefix, name),
                                 origin_of(impl_->options.address, port, "https"));
    }
    environment.emplace_back("APILAB_ADMIN_URL", origin_of(impl_->options.address, admin_port()));
    environment.emplace_back("APILAB_ADMIN_TOKEN", impl_->token.reveal());
    for (auto& credential : seed_credentials(impl_->sandbox.run().seed)) {
        environment.push_back(std::move(credential));
    }
    if (impl_->options.key_dir) {
        std::error_code ignored;  // the folder was there a moment ago
        const auto folder = std::filesystem::absolute(*impl_->options.key_dir, ignored);
        for (const auto& key : key_files()) {
            environment.emplace_back(key.variable, (folder / key.name).string());
        }
        if (impl_->tls.port() != 0) {
            environment.emplace_back("APILAB_CA_FILE", (folder / ca_file_name).string());
        }
    }
    return environment;
}

Environment with_plain_names(Environment environment) {
    const std::size_t count = environment.size();
    for (std::size_t i = 0; i < count; ++i) {
        const auto [name, value] = environment[i];
        if (name.starts_with(name_prefix)) {
            const auto plain = name.substr(name_prefix.size());
            environment.emplace_back(plain, value);
            if (plain == "GOOGLE_URL") {  // the vendors' scripts call it by its best known API
                environment.emplace_back("GMAIL_URL", value);
            }
        }
    }
    return environment;
}

std::string ready_json(const Environment& environment) {
    std::string text = "{";
    for (const auto& [name, value] : environment) {
        text += fmt::format("{}\n  {}: {}", text.size() == 1 ? "" : ",", http::json_quote(name),
                            http::json_quote(value));
    }
    return text + "\n}";
}

Result<Environment> read_ready_file(const std::filesystem::path& path) {
    APILAB_TRY(const auto text, read_file(path, ready_file_max));
    const auto bad = [&](std::string_view why) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("{}: not a ready file: {}", path.string(), why))
                        .with_remedy("`apilab sandbox serve --ready-file` writes one"));
    };
    const auto document = http::JsonDocument::parse(text);
    if (!document) {
        return bad(document.error().message());
    }
    if (!document->root().is_object()) {
        return bad("expected one object");
    }
    Environment environment;
    for (const auto& [name, value] : document->root().members()) {
        if (!value.is_string()) {
            return bad(fmt::format("/{} is no string", name));
        }
        environment.emplace_back(std::string(name), std::string(*value.string()));
    }
    return environment;
}

std::string shell_exports(const Environment& environment) {
    std::string text;
    for (const auto& [name, value] : environment) {
        std::string quoted;
        for (const char c : value) {
            quoted += c == '\'' ? "'\\''" : std::string(1, c);
        }
        text += fmt::format("export {}='{}'\n", name, quoted);
    }
    return text;
}

}  // namespace apilab::sandbox
