#include "common/nginx.hpp"

#include <stdexcept>

namespace apilab::bench {
namespace {

std::string configuration(const std::string& folder, std::uint16_t plain, std::uint16_t tls) {
    std::string text = R"(daemon off;
master_process off;
worker_processes 1;
pid DIR/pid;
error_log DIR/errors;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 1000000000;
    sendfile on;
    tcp_nopush on;
    open_file_cache max=16;
    client_body_temp_path DIR/body;
    proxy_temp_path DIR/proxy;
    fastcgi_temp_path DIR/fastcgi;
    uwsgi_temp_path DIR/uwsgi;
    scgi_temp_path DIR/scgi;
    server { listen 127.0.0.1:PLAIN; root DIR; }
    server {
        listen 127.0.0.1:TLS ssl;
        root DIR;
        ssl_certificate DIR/certificate.pem;
        ssl_certificate_key DIR/key.pem;
    }
}
)";
    const auto fill = [&text](const std::string& word, const std::string& value) {
        for (auto at = text.find(word); at != std::string::npos; at = text.find(word)) {
            text.replace(at, word.size(), value);
        }
    };
    fill("DIR", folder);
    fill("PLAIN", std::to_string(plain));
    fill("TLS", std::to_string(tls));
    return text;
}

// One for 127.0.0.1 that signs itself, of the kind that most servers have today (ECDSA, P-256).
void make_certificate(const std::filesystem::path& folder) {
    const auto openssl = installed("openssl");
    if (!openssl) {
        throw std::runtime_error("openssl is not installed (Debian package openssl)");
    }
    run_program({*openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                 "-nodes", "-days", "30", "-subj", "/CN=127.0.0.1", "-addext",
                 "subjectAltName=IP:127.0.0.1", "-keyout", (folder / "key.pem").string(), "-out",
                 (folder / "certificate.pem").string()});
}

}  // namespace

Nginx::Nginx(const std::string& program, int core) : plain_(free_port()), tls_(free_port()) {
    make_certificate(dir_.path());
    const auto file = dir_.write("nginx.conf", configuration(dir_.path().string(), plain_, tls_));
    dir_.write("1k", std::string(1024, 'x'));
    dir_.write("small", "{}");
    process_ = std::make_unique<Process>(
        Words{program, "-e", (dir_.path() / "errors").string(), "-c", file.string()},
        ProcessOptions{.core = core, .variables = {}});
    until_accepting(plain_);
    until_accepting(tls_);
}

std::unique_ptr<Nginx> Nginx::start(int core) {
    const auto program = installed("nginx");
    return program ? std::unique_ptr<Nginx>(new Nginx(*program, core)) : nullptr;
}

std::string Nginx::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(plain_) + path;
}

std::string Nginx::tls_url(const std::string& path) const {
    return "https://127.0.0.1:" + std::to_string(tls_) + path;
}

std::string Nginx::certificate() const {
    return (dir_.path() / "certificate.pem").string();
}

}  // namespace apilab::bench
