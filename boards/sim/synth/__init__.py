"""Synthesis of the demo's camera frames: sources, scene, people, re-capture, camera."""
