"""Deploys: markers, roll-outs, health, and what they broke."""
