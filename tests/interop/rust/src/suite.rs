//! Cipher suite 1 as the crate brings it, and the suite of a meeting (spec/mls.md section 1) put together from others'
//! parts: X-Wing, HPKE, HKDF-SHA-384, AES-256-GCM and Ed25519 of RustCrypto. Nothing here is taken from our own code.

use mls_rs_core::crypto::{
    CipherSuite, CipherSuiteProvider, CryptoProvider, HpkeCiphertext, HpkePsk, HpkePublicKey, HpkeSecretKey,
    SignaturePublicKey, SignatureSecretKey,
};
use mls_rs_core::error::IntoAnyError;
use mls_rs_crypto_hpke::dhkem::DhKem;
use mls_rs_crypto_rustcrypto::aead::Aead;
use mls_rs_crypto_rustcrypto::ecdh::Ecdh;
use mls_rs_crypto_rustcrypto::kdf::Kdf;
use mls_rs_crypto_rustcrypto::{RustCryptoCipherSuite, RustCryptoError, RustCryptoProvider};
use mls_rs_crypto_traits::{KemResult, KemType};
use shake::{ExtendableOutput, Shake256, Update, XofReader};
use x_wing::{Decapsulate, DecapsulationKey, Decapsulator, EncapsulationKey, KeyExport};

pub const APARTE: CipherSuite = CipherSuite::new(0xF0A1);
const CLASSICAL: CipherSuite = CipherSuite::CURVE25519_AES128;
/// The suite of RFC 9420 that has SHA-384, HKDF-SHA-384 and AES-256-GCM.
const SHA384_AES256: CipherSuite = CipherSuite::P384_AES256;

type Classical = RustCryptoCipherSuite<DhKem<Ecdh, Kdf>, Kdf, Aead>;
type Hybrid = RustCryptoCipherSuite<XWing, Kdf, Aead>;

/// Every failure of the KEM.
#[derive(Debug)]
pub struct BadKey;

impl std::fmt::Display for BadKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("not a key or encapsulation of X-Wing")
    }
}

impl std::error::Error for BadKey {}

impl IntoAnyError for BadKey {
    fn into_dyn_error(self) -> Result<Box<dyn std::error::Error + Send + Sync>, Self> {
        Ok(self.into())
    }
}

#[derive(Clone)]
pub struct XWing;

impl XWing {
    fn from_seed(seed: [u8; 32]) -> (HpkeSecretKey, HpkePublicKey) {
        let key = DecapsulationKey::from(seed);
        let public = key.encapsulation_key().to_bytes();
        (seed.to_vec().into(), public.to_vec().into())
    }

    /// DeriveKeyPair of draft-ietf-hpke-pq: SHAKE256's LabeledDerive to the seed.
    fn derive(ikm: &[u8]) -> (HpkeSecretKey, HpkePublicKey) {
        let mut shake = Shake256::default();
        shake.update(ikm);
        shake.update(b"HPKE-v1KEM\x64\x7a\x00\x0dDeriveKeyPair\x00\x20");
        let mut seed = [0; 32];
        shake.finalize_xof().read(&mut seed);
        Self::from_seed(seed)
    }

    fn public(key: &HpkePublicKey) -> Result<EncapsulationKey, BadKey> {
        EncapsulationKey::try_from(key.as_ref()).map_err(|_| BadKey)
    }
}

fn random<const N: usize>() -> [u8; N] {
    let mut octets = [0; N];
    let suite = RustCryptoProvider::new().cipher_suite_provider(CLASSICAL);
    suite.expect("the crate has suite 1").random_bytes(&mut octets).expect("the system gives randomness");
    octets
}

impl KemType for XWing {
    type Error = BadKey;

    fn kem_id(&self) -> u16 {
        0x647A
    }

    fn generate_deterministic(&self, ikm: &[u8]) -> Result<(HpkeSecretKey, HpkePublicKey), BadKey> {
        Ok(Self::derive(ikm))
    }

    fn generate(&self) -> Result<(HpkeSecretKey, HpkePublicKey), BadKey> {
        Ok(Self::from_seed(random()))
    }

    fn public_key_validate(&self, key: &HpkePublicKey) -> Result<(), BadKey> {
        Self::public(key).map(|_| ())
    }

    fn encap(&self, remote: &HpkePublicKey) -> Result<KemResult, BadKey> {
        let (enc, shared) = Self::public(remote)?.encapsulate_deterministic(&random::<64>().into());
        Ok(KemResult::new(shared.to_vec(), enc.to_vec()))
    }

    fn decap(&self, enc: &[u8], secret: &HpkeSecretKey, _: &HpkePublicKey) -> Result<Vec<u8>, BadKey> {
        let seed: [u8; 32] = secret.as_ref().try_into().map_err(|_| BadKey)?;
        let enc = enc.try_into().map_err(|_| BadKey)?;
        Ok(DecapsulationKey::from(seed).decapsulate(&enc).to_vec())
    }

    fn seed_length_for_derive(&self) -> usize {
        32
    }
}

/// The suites that there are; a provider is for clients of one of them, so that a leaf states that one alone.
#[derive(Clone)]
pub struct Suites(pub CipherSuite);

impl CryptoProvider for Suites {
    type CipherSuiteProvider = Suite;

    fn supported_cipher_suites(&self) -> Vec<CipherSuite> {
        vec![self.0]
    }

    fn cipher_suite_provider(&self, suite: CipherSuite) -> Option<Suite> {
        let classical = RustCryptoProvider::new().cipher_suite_provider(CLASSICAL)?;
        match suite {
            CLASSICAL => Some(Suite::Classical(classical)),
            APARTE => {
                let (kdf, aead) = (Kdf::new(SHA384_AES256)?, Aead::new(SHA384_AES256)?);
                let rest = RustCryptoCipherSuite::new(SHA384_AES256, XWing, kdf, aead)?;
                Some(Suite::Aparte { ed25519: classical, rest })
            }
            _ => None,
        }
    }
}

#[derive(Clone)]
pub enum Suite {
    Classical(Classical),
    Aparte { ed25519: Classical, rest: Hybrid },
}

/// Hands everything but signatures on to the suite's own parts.
macro_rules! hand_on {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $result:ty;)*) => {
        $(fn $name(&self, $($argument: $kind),*) -> $result {
            match self {
                Suite::Classical(suite) => suite.$name($($argument),*),
                Suite::Aparte { rest, .. } => rest.$name($($argument),*),
            }
        })*
    };
}

/// Hands signatures on to Ed25519, which both suites have.
macro_rules! hand_on_signing {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $result:ty;)*) => {
        $(fn $name(&self, $($argument: $kind),*) -> $result {
            let (Suite::Classical(suite) | Suite::Aparte { ed25519: suite, .. }) = self;
            suite.$name($($argument),*)
        })*
    };
}

type Zeroizing = zeroize::Zeroizing<Vec<u8>>;
type Failing<T> = Result<T, RustCryptoError>;

impl CipherSuiteProvider for Suite {
    type Error = RustCryptoError;
    type HpkeContextS = <Classical as CipherSuiteProvider>::HpkeContextS;
    type HpkeContextR = <Classical as CipherSuiteProvider>::HpkeContextR;

    fn cipher_suite(&self) -> CipherSuite {
        match self {
            Suite::Classical(_) => CLASSICAL,
            Suite::Aparte { .. } => APARTE,
        }
    }

    hand_on! {
        hash(data: &[u8]) -> Failing<Vec<u8>>;
        mac(key: &[u8], data: &[u8]) -> Failing<Vec<u8>>;
        aead_seal(key: &[u8], data: &[u8], aad: Option<&[u8]>, nonce: &[u8]) -> Failing<Vec<u8>>;
        aead_open(key: &[u8], sealed: &[u8], aad: Option<&[u8]>, nonce: &[u8]) -> Failing<Zeroizing>;
        aead_key_size() -> usize;
        aead_nonce_size() -> usize;
        kdf_extract(salt: &[u8], ikm: &[u8]) -> Failing<Zeroizing>;
        kdf_expand(prk: &[u8], info: &[u8], size: usize) -> Failing<Zeroizing>;
        kdf_extract_size() -> usize;
        hpke_seal(key: &HpkePublicKey, info: &[u8], aad: Option<&[u8]>, data: &[u8]) -> Failing<HpkeCiphertext>;
        hpke_seal_psk(
            key: &HpkePublicKey, info: &[u8], aad: Option<&[u8]>, data: &[u8], psk: HpkePsk<'_>
        ) -> Failing<HpkeCiphertext>;
        hpke_open(
            sealed: &HpkeCiphertext, secret: &HpkeSecretKey, public: &HpkePublicKey, info: &[u8], aad: Option<&[u8]>
        ) -> Failing<Zeroizing>;
        hpke_open_psk(
            sealed: &HpkeCiphertext, secret: &HpkeSecretKey, public: &HpkePublicKey, info: &[u8], aad: Option<&[u8]>,
            psk: HpkePsk<'_>
        ) -> Failing<Zeroizing>;
        hpke_setup_s(key: &HpkePublicKey, info: &[u8]) -> Failing<(Vec<u8>, Self::HpkeContextS)>;
        hpke_setup_r(
            enc: &[u8], secret: &HpkeSecretKey, public: &HpkePublicKey, info: &[u8]
        ) -> Failing<Self::HpkeContextR>;
        kem_generate() -> Failing<(HpkeSecretKey, HpkePublicKey)>;
        kem_public_key_validate(key: &HpkePublicKey) -> Failing<()>;
        random_bytes(out: &mut [u8]) -> Failing<()>;
    }

    /// The crate's HPKE derives in two steps, as DHKEM does; X-Wing has one.
    fn kem_derive(&self, ikm: &[u8]) -> Failing<(HpkeSecretKey, HpkePublicKey)> {
        match self {
            Suite::Classical(suite) => suite.kem_derive(ikm),
            Suite::Aparte { .. } => Ok(XWing::derive(ikm)),
        }
    }

    hand_on_signing! {
        signature_key_generate() -> Failing<(SignatureSecretKey, SignaturePublicKey)>;
        signature_key_derive_public(secret: &SignatureSecretKey) -> Failing<SignaturePublicKey>;
        sign(secret: &SignatureSecretKey, data: &[u8]) -> Failing<Vec<u8>>;
        verify(public: &SignaturePublicKey, signature: &[u8], data: &[u8]) -> Failing<()>;
    }
}
